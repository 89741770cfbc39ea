"""How does a program ask every gate about a change that becomes no proposal, and learn of it?"""

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from audit.events import Event
from audit.log import Actor, record
from proposals.authorising.origins import BY_TOKEN
from proposals.running import keeping
from selfimprove.api.answers import Change, NewChange, Nothing, Progress, Verdict
from selfimprove.api.records import ChangeCheck, CheckState
from selfimprove.api.sent import Sent, sent
from selfimprove.mcp.callers import Caller, MayNot, NotPossible, NotThere, Refused, still
from selfimprove.mcp.reading import MAY_SEE
from targets.models import Target
from telemetry.doors.models import Scope
from telemetry.sanitizer import sanitize
from validation.formats import plain
from validation.gates import GATES
from validation.models import Outcome
from validation.verdicts import visible

MAY = (MAY_SEE, keeping.PERMISSION)
UNDECIDED = (CheckState.WAITING, CheckState.RUNNING)


class TooLarge(Refused):
    """What was handed in is longer than the settings allow."""

    status = 413


class TooMany(Refused):
    """The caller has enough waiting already."""

    status = 429


def ask(caller: Caller, given: NewChange, now: datetime) -> Sent:
    """Put a change before the gates; they are asked by the worker, and nothing is proposed."""
    refuse_other_target(caller, given.target)
    refuse_large("diff", given.diff)
    token = caller.token
    with transaction.atomic():
        still(caller, Scope.CHANGES_CHECK, now)
        Target.objects.select_for_update().get(pk=token.target_id)
        _refuse_more(caller)
        change = ChangeCheck.objects.create(
            target=token.target,
            person=caller.person,
            token=token,
            writer=f"{BY_TOKEN}{token.pk}",
            base=given.base.strip(),
            diff=given.diff,
            diff_digest=hashlib.sha256(given.diff.encode()).hexdigest(),
            asked_at=now,
        )
        tell(Event.CHANGE_ASKED, change, Actor.person(caller.person), now, **caller.stated)
    return sent(202, shown(change), Location=address(change), Retry_After="2")


def look(caller: Caller, given: Nothing, now: datetime, wanted: str) -> Sent:
    """Say how far a check is, and what came of it."""
    return sent(200, shown(_found(caller, wanted)))


def stop(caller: Caller, given: Nothing, now: datetime, wanted: str) -> Sent:
    """Have a check ended; a repeat changes nothing."""
    change = _found(caller, wanted)
    who = caller.person.get_username()
    with transaction.atomic():
        still(caller, Scope.CHANGES_CHECK, now)
        rows = ChangeCheck.objects.filter(pk=change.pk, stopped_by="")
        alive = Q(state=CheckState.RUNNING, beat_at__gt=now - keeping.DEAD_AFTER)
        asked = rows.filter(alive).update(stopped_by=who)
        ended = rows.filter(state__in=UNDECIDED).exclude(alive).update(**_ended_by(who, now))
        if asked or ended:
            tell(Event.CHANGE_STOPPED, change, Actor.person(caller.person), now, **caller.stated)
    change.refresh_from_db()
    if change.state == CheckState.DONE:
        raise NotPossible("The check has ended by itself; there is nothing left to stop.")
    return sent(200 if change.state == CheckState.STOPPED else 202, shown(change))


def shown(change: ChangeCheck) -> Change:
    """Return a change as the API tells it."""
    running = change.state == CheckState.RUNNING
    return Change(
        target=change.target.slug,
        id=str(change.pk),
        state=CheckState(change.state),
        address=address(change),
        base=change.base,
        diff_digest=change.diff_digest,
        asked_at=change.asked_at,
        started_at=change.started_at,
        ended_at=change.ended_at,
        stopped_by=change.stopped_by,
        progress=_progress(change) if running else None,
        report=Verdict.model_validate(change.report) if change.report else None,
    )


def address(change: ChangeCheck) -> str:
    """Say where a change is looked at."""
    return reverse("api-change", args=[change.pk])


def refuse_other_target(caller: Caller, named: str) -> None:
    """Refuse another target than the one that the token is for."""
    slug = caller.token.target.slug
    if named and named != slug:
        raise MayNot(f"target: the token is for {slug}; use one of the target that you name.")


def refuse_large(name: str, text: str) -> None:
    """Refuse a text of more bytes than the settings allow."""
    most, has = settings.SELFIMPROVE.api.max_text_bytes, len(text.encode())
    if has > most:
        raise TooLarge(f"{name}: {has} bytes; api.max_text_bytes allows {most}. Send less.")


def tell(event: Event, change: ChangeCheck, actor: Actor, at: datetime, **facts: object) -> None:
    """Record what happens to a change, with what was judged named by its digest."""
    record(
        event,
        actor=actor,
        subject=f"change:{change.pk}",
        target=change.target.slug,
        at=at,
        facts={"diff": change.diff_digest, **facts},
    )


def stopped_report(who: str) -> dict[str, Any]:
    """Say that no gate was asked, since somebody stopped the check before."""
    code = plain.EXIT[Outcome.COULD_NOT_RUN]
    return plain.unanswered(Outcome.COULD_NOT_RUN, code, f"stopped by {who}")


def prune(before: datetime) -> int:
    """Delete what was asked before a moment, and whatever came of it."""
    return ChangeCheck.objects.filter(asked_at__lt=before).delete()[0]


def waiting(now: datetime) -> QuerySet[ChangeCheck]:
    """List what no living worker is at, the oldest first."""
    dead = Q(state=CheckState.RUNNING, beat_at__lte=now - keeping.DEAD_AFTER)
    return ChangeCheck.objects.filter(Q(state=CheckState.WAITING) | dead).order_by("asked_at")


def kept_for() -> timedelta:
    """Return for how long reports and remembered answers are kept."""
    return timedelta(days=settings.SELFIMPROVE.api.keep_days)


def _ended_by(who: str, now: datetime) -> dict[str, Any]:
    report = stopped_report(who)
    return {
        "state": CheckState.STOPPED,
        "stopped_by": who,
        "ended_at": now,
        "diff": "",
        "report": report,
    }


def _refuse_more(caller: Caller) -> None:
    most = settings.SELFIMPROVE.api.most_waiting
    mine = ChangeCheck.objects.filter(person=caller.person, state__in=UNDECIDED)
    if mine.count() >= most:
        raise TooMany(
            f"{most} changes of yours wait already (api.most_waiting); look at them, or stop one."
        )


def _found(caller: Caller, wanted: str) -> ChangeCheck:
    """Return a change that the token's person asked about, of the token's target."""
    rows = ChangeCheck.objects.filter(target=caller.token.target, person=caller.person)
    try:
        found = rows.select_related("target").filter(pk=uuid.UUID(wanted)).first()
    except ValueError:
        found = None
    if found is None:
        days = settings.SELFIMPROVE.api.keep_days
        raise NotThere(
            f"id: there is no such change of yours for {caller.token.target.slug}; reports are"
            f" kept for {days} days."
        )
    return found


def _progress(change: ChangeCheck) -> Progress:
    return Progress(gate=change.gate, answered=change.answered, of=len(GATES), lines=change.lines)


def fit(text: str) -> str:
    """Take out of a text what no reader may see."""
    return visible(sanitize(text.replace("\x00", "\N{REPLACEMENT CHARACTER}"))[0])
