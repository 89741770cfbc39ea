"""How does a person merge, mute or assign several patterns with one confirmation?"""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audit.log import Actor
from telemetry.models import Pattern
from telemetry.pages import acting, showing
from telemetry.pages.acting import CONFLICT, UNUSABLE
from telemetry.patterns import merging, moves
from telemetry.patterns.doing import Stale
from telemetry.patterns.merging import MOST_AT_ONCE, CannotJoin
from telemetry.patterns.moves import Refused

ACTS = {"merge": "Merge", "mute": "Mute", "assign": "Assign"}


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(moves.PERMISSION, raise_exception=True)
def together(request: HttpRequest) -> HttpResponse:
    """List what was ticked and ask once; a POST does it, all or nothing where it is a merge."""
    if request.method != "POST":
        return _ask(request, request.GET)
    chosen = _chosen(request.POST)
    rows = list(Pattern.objects.filter(pk__in=chosen).select_related("target").order_by("pk"))
    try:
        if request.POST.get("act") == "merge":
            return _merge(request, rows, chosen)
        return _each(request, rows, chosen)
    except Refused as refusal:
        return _ask(request, request.POST, str(refusal), UNUSABLE)
    except (CannotJoin, Stale) as refusal:
        return _ask(request, request.POST, str(refusal), CONFLICT)


def _merge(request: HttpRequest, rows: list[Pattern], chosen: dict[int, int]) -> HttpResponse:
    into = request.POST.get("into", "")
    home = next((row for row in rows if str(row.pk) == into), None)
    if home is None:
        raise Refused("Say which of them the others are merged into.")
    others = [row for row in rows if row is not home]
    merged = merging.merge(
        home,
        others,
        actor=Actor.person(cast(User, request.user)),
        at=timezone.now(),
        reason=request.POST.get("reason", ""),
        versions=chosen,
    )
    names = ", ".join(f"#{row.pk}" for row in others)
    messages.success(request, f"Merged {names} into #{merged.pk}. The history below can undo it.")
    return redirect(merged)


def _each(request: HttpRequest, rows: list[Pattern], chosen: dict[int, int]) -> HttpResponse:
    """Do the same to each; one that cannot be done says why and stops no other."""
    if not rows:
        raise Refused("Tick some patterns in the list first.")
    refused = []
    for row in rows:
        try:
            _one(request, row, chosen[row.pk])
        except Stale as stale:
            refused.append(str(stale))
    done = len(rows) - len(refused)
    if done:
        word = "muted" if request.POST.get("act") == "mute" else "assigned"
        messages.success(request, f"{done} {'pattern' if done == 1 else 'patterns'} {word}.")
    for words in refused:
        messages.error(request, words)
    return redirect("telemetry:patterns")


def _one(request: HttpRequest, row: Pattern, version: int) -> None:
    now, given = timezone.now(), request.POST
    actor = Actor.person(cast(User, request.user))
    if given.get("act") == "mute":
        ends = acting.ends_of(given, row.count, now)
        reason = given.get("reason", "")
        moves.mute(row, ends=ends, reason=reason, actor=actor, at=now, version=version)
    elif given.get("act") == "assign":
        to = acting.person(given.get("assignee", ""))
        moves.assign(row, to=to, actor=actor, at=now, version=version)
    else:
        raise Refused("There is no such move.")


def _ask(
    request: HttpRequest, given: QueryDict, refusal: str = "", status: int = 200
) -> HttpResponse:
    """Show the confirmation; each row carries the version that was ticked."""
    chosen = _chosen(given)
    rows = list(Pattern.objects.filter(pk__in=chosen).select_related("target").order_by("pk"))
    if status == CONFLICT:  # what is asked about from now on is what stands there now
        chosen = {row.pk: row.version for row in rows}
    act = given.get("act", "")
    act = act if act in ACTS else "merge"
    context = {
        "nav": "telemetry",
        "part": "patterns",
        "rows": [(row, chosen[row.pk]) for row in rows],
        "act": act,
        "verb": ACTS[act],
        "into": given.get("into") or (str(rows[0].pk) if rows else ""),
        "people": showing.people() if act == "assign" else [],
        "given": given,
        "refusal": refusal,
    }
    return render(request, "telemetry/together.html", context, status=status)


def _chosen(given: QueryDict) -> dict[int, int]:
    """Read the ticked rows, each once, as id and version; what is no id is left out."""
    found: dict[int, int] = {}
    for text in given.getlist("chosen"):
        key, _, version = text.partition(":")
        if _is_number(key) and _is_number(version):
            found.setdefault(int(key), int(version))
    return dict(list(found.items())[: MOST_AT_ONCE + 1])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
