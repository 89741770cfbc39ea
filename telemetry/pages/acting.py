"""What happens when a person presses a button on a pattern's page?"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from audit.log import Actor
from telemetry.models import Pattern, PatternAlias, PatternMove
from telemetry.pages import showing
from telemetry.patterns import doing, merging, moves, suggesting
from telemetry.patterns.doing import Stale
from telemetry.patterns.merging import CannotJoin
from telemetry.patterns.moves import Refused
from telemetry.patterns.states import Ends
from telemetry.patterns.vocabulary import Move

CONFLICT, UNUSABLE = 409, 422
UNTIL = {
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
DONE = {
    Move.MUTE: "Muted. It comes back when its end comes.",
    Move.KNOWN: "Marked as known. It leads to no proposal meanwhile.",
    Move.REOPEN: "It is looked at again.",
    Move.ASSIGN: "Assigned.",
    Move.DIAGNOSE: "Corrected, and learnt for failures like this one.",
    Move.SPLIT: "Moved out: it is a pattern of its own now.",
}


@require_POST
@permission_required(moves.PERMISSION, raise_exception=True)
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Make one move with a pattern; a refusal is shown on its page and changes nothing."""
    pattern = get_object_or_404(Pattern.objects.select_related("target", "assignee"), pk=pk)
    move = request.POST.get("move", "")
    if move not in ACTS:
        return showing.page(request, pattern, "There is no such move.", UNUSABLE)
    try:
        shown = ACTS[Move(move)](pattern, request.POST, cast(User, request.user), timezone.now())
    except Refused as refusal:
        return showing.page(request, pattern, str(refusal), UNUSABLE)
    except (Stale, CannotJoin) as refusal:
        pattern.refresh_from_db()
        return showing.page(request, pattern, str(refusal), CONFLICT)
    messages.success(request, f"{DONE[Move(move)]} The history below can undo it.")
    return redirect(shown)


@require_POST
@permission_required(moves.PERMISSION, raise_exception=True)
def apart(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a suggested pattern is not the same, so that it is not suggested again."""
    pattern = get_object_or_404(Pattern.objects.select_related("target", "assignee"), pk=pk)
    other = Pattern.objects.filter(pk=_number(request.POST.get("other", ""))).first()
    try:
        if other is None:
            raise Refused("There is no such pattern.")
        actor = Actor.person(cast(User, request.user))
        suggesting.keep_apart(pattern, other, actor=actor, at=timezone.now())
    except Refused as refusal:
        return showing.page(request, pattern, str(refusal), UNUSABLE)
    except CannotJoin as refusal:
        pattern.refresh_from_db()
        return showing.page(request, pattern, str(refusal), CONFLICT)
    messages.success(request, f"#{other.pk} will not be suggested here again, nor #{pk} there.")
    return redirect(pattern)


@require_POST
@permission_required(moves.PERMISSION, raise_exception=True)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a move back."""
    move = get_object_or_404(PatternMove.objects.select_related("pattern__target"), pk=pk)
    actor = Actor.person(cast(User, request.user))
    try:
        pattern = doing.undo(move.pk, actor=actor, at=timezone.now())
    except Stale as refusal:
        return showing.page(request, move.pattern, str(refusal), CONFLICT)
    messages.success(request, f"“{move.get_move_display()}” was taken back.")
    return redirect(pattern)


def ends_of(given: QueryDict, count: int, now: datetime) -> Ends:
    """Read when a mute ends: one of the offered lengths, a number of failures, or a burst."""
    until = given.get("until", "")
    if until == "burst":
        return Ends(on_burst=True)
    if until == "count":
        more = given.get("more", "")
        if not (more.isascii() and more.isdecimal() and 0 < int(more[:10]) < 10**9):
            raise Refused("Say after how many more failures the mute ends: at least one.")
        return Ends(count=count + int(more[:10]))
    return Ends(at=now + UNTIL[until]) if until in UNTIL else Ends()


def _mute(pattern: Pattern, given: QueryDict, user: User, now: datetime) -> Pattern:
    return moves.mute(
        pattern,
        ends=ends_of(given, pattern.count, now),
        reason=given.get("reason", ""),
        actor=Actor.person(user),
        at=now,
        version=_version(given),
    )


def _known(pattern: Pattern, given: QueryDict, user: User, now: datetime) -> Pattern:
    return moves.mark_known(
        pattern,
        note=given.get("reason", ""),
        ends=Ends(on_burst=bool(given.get("until_burst"))),
        actor=Actor.person(user),
        at=now,
        version=_version(given),
    )


def _reopen(pattern: Pattern, given: QueryDict, user: User, now: datetime) -> Pattern:
    actor = Actor.person(user)
    return moves.reopen(pattern, actor=actor, at=now, version=_version(given))


def _assign(pattern: Pattern, given: QueryDict, user: User, now: datetime) -> Pattern:
    name = given.get("assignee", "")
    actor = Actor.person(user)
    return moves.assign(pattern, to=person(name), actor=actor, at=now, version=_version(given))


def person(name: str) -> User | None:
    """Find who is meant; nobody when nobody is named."""
    if not name:
        return None
    found = User.objects.filter(username=name).first()
    if found is None:
        raise Refused(f"There is nobody named {name}.")
    return found


def _diagnose(pattern: Pattern, given: QueryDict, user: User, now: datetime) -> Pattern:
    return moves.diagnose(
        pattern,
        diagnosis=given.get("diagnosis", ""),
        reason=given.get("reason", ""),
        actor=Actor.person(user),
        at=now,
        version=_version(given),
    )


def _split(pattern: Pattern, given: QueryDict, user: User, now: datetime) -> Pattern:
    alias = PatternAlias.objects.filter(
        pattern=pattern, fingerprint=given.get("fingerprint", "")
    ).first()
    if alias is None:
        raise Refused("This fingerprint is not part of the pattern any more.")
    return merging.split(
        alias,
        actor=Actor.person(user),
        at=now,
        reason=given.get("reason", ""),
        version=_version(given),
    )


def _version(given: QueryDict) -> int:
    """Read which version the person has seen; one that is none fits no pattern."""
    return _number(given.get("version", ""))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


Act = Callable[[Pattern, QueryDict, User, datetime], Pattern]
ACTS: Mapping[Move, Act] = {
    Move.MUTE: _mute,
    Move.KNOWN: _known,
    Move.REOPEN: _reopen,
    Move.ASSIGN: _assign,
    Move.DIAGNOSE: _diagnose,
    Move.SPLIT: _split,
}
