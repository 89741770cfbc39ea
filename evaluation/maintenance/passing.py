"""When is a maintenance pass due, and how is one made?"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from audit.log import Actor
from evaluation.ideas.records import Kind
from evaluation.inspections.records import Inspection, Sort
from evaluation.inspections.writing import Found, write
from evaluation.maintenance.counting import Counted, Failure, Suggestion, count, same
from personas.material import plain
from targets.models import Target
from telemetry import reflections
from telemetry.models import Reflection
from validation.verdicts import counted

ACTOR = Actor.system("evaluation")
LISTED, PROPOSED = 10, 5
A_TOOL_OF_ITS_OWN = 8  # failures of one kind from which on a new tool is suggested
MOST_REFLECTIONS = 20_000
LONGEST_DETAIL = 2_000


def is_due(target: Target) -> bool:
    """Tell whether enough sessions were reflected on since the last pass."""
    wanted = settings.SELFIMPROVE.maintenance.sessions
    if not wanted:
        return False
    sessions = _fresh(target, _last(target)).order_by().values("session_id").distinct()
    return sessions[:wanted].count() >= wanted


def make(target: Target, now: datetime, *, trigger: str, actor: Actor = ACTOR) -> Inspection:
    """Count what came since the last pass, and write the report; its ideas wait for a person."""
    reflections.derive(target, now)
    with transaction.atomic():
        Target.objects.select_for_update().get(pk=target.pk)  # two at once do not count twice
        return _made(target, now, trigger, actor)


def _made(target: Target, now: datetime, trigger: str, actor: Actor) -> Inspection:
    since = _last(target)
    rows = list(_fresh(target, since).filter(received_at__lte=now)[: MOST_REFLECTIONS + 1])
    not_told = []
    if len(rows) > MOST_REFLECTIONS:
        rows = rows[:MOST_REFLECTIONS]
        not_told.append(f"Only the first {MOST_REFLECTIONS} reflections were read.")
    seen = count(rows, _before(target, rows, since))
    found, left_out = _found(seen)
    return write(
        target,
        Sort.MAINTENANCE,
        found,
        at=now,
        actor=actor,
        trigger=trigger,
        since=since,
        sessions=seen.sessions,
        calls=seen.calls,
        successes=seen.successes,
        left_out=left_out,
        not_told=not_told,
    )


def _last(target: Target) -> datetime | None:
    passes = Inspection.objects.filter(target=target, sort=Sort.MAINTENANCE)
    return passes.order_by("-pk").values_list("at", flat=True).first()


def _fresh(target: Target, since: datetime | None) -> QuerySet[Reflection]:
    rows = Reflection.objects.filter(target=target)
    if since is not None:
        rows = rows.filter(received_at__gt=since)
    return rows.order_by("received_at", "uid")


def _before(
    target: Target, rows: Sequence[Reflection], since: datetime | None
) -> list[Reflection]:
    """Return what events of the same sessions said in earlier passes."""
    if since is None:
        return []
    names = sorted({row.session_id for row in rows if not row.derived})
    found: list[Reflection] = []
    for start in range(0, len(names), 200):
        part = names[start : start + 200]
        known = Reflection.objects.filter(target=target, derived=True, session_id__in=part)
        found += known.filter(received_at__lte=since)
    return found


def _found(seen: Counted) -> tuple[list[Found], int]:
    """List the top failures, then what agents suggest beside them; count what is left out."""
    failures = [_failure(one, rank) for rank, one in enumerate(seen.failures[:LISTED])]
    titles = {same(one.title) for one in failures}
    # A suggestion that says the same as a failure which is listed joins nothing new.
    others = [one for one in seen.suggestions if one.key not in titles]
    suggested = [_suggestion(one, rank) for rank, one in enumerate(others[:LISTED])]
    beyond = max(0, len(seen.failures) - LISTED) + max(0, len(others) - LISTED)
    return [*failures, *suggested], beyond


def _failure(one: Failure, rank: int) -> Found:
    tool, mode = plain(one.tool, 60), plain(one.mode, 80)
    kind = Kind.NEW_TOOL if one.count >= A_TOOL_OF_ITS_OWN else Kind.TOOL_IMPROVEMENT
    who = ", ".join(plain(agent, 60) for agent in one.agents[:10]) or "an agent without a name"
    return Found(
        key=f"failure:{tool}:{mode}"[:300],
        kind=kind,
        title=f"{tool} fails: {mode}",
        detail=f"{counted(one.count, 'time')} in {counted(one.sessions, 'session')}; {who}.",
        count=one.count,
        sessions=one.sessions,
        component=one.tool,
        code=one.mode,
        only_listed="" if rank < PROPOSED else f"only the first {PROPOSED} failures become ideas",
    )


def _suggestion(one: Suggestion, rank: int) -> Found:
    who = ", ".join(plain(agent, 60) for agent in one.agents[:10]) or "an agent without a name"
    return Found(
        key=f"suggested:{one.key}"[:300],
        kind=one.kind,
        title=one.title,
        detail=f"Suggested in {counted(one.count, 'session')} by {who}:\n"
        f"{one.text[:LONGEST_DETAIL]}",
        count=one.count,
        sessions=one.count,
        only_listed=""
        if rank < PROPOSED
        else f"only the first {PROPOSED} suggestions become ideas",
    )
