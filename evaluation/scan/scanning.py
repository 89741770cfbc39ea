"""How is a target's week scanned: counted by code, then asked about where a model answers?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from audit.log import Actor
from evaluation import modelled
from evaluation.answers import Taken
from evaluation.asking import holding
from evaluation.asking.estimating import refuse_unready
from evaluation.asking.holding import AtWork
from evaluation.inspections.records import Fate, Inspection, Sort
from evaluation.inspections.writing import Found, write
from evaluation.scan import aggregates, planner
from evaluation.scan.aggregates import OfAWeek, Week
from evaluation.self_eval import KNOWN_FAILURES, NotReady
from personas.material import plain
from ports.llm import Model
from proposals.models import Engine
from targets.models import Target
from telemetry.sanitizer import sanitize
from validation.verdicts import counted

ACTOR = Actor.system("evaluation")
RAISED = 5  # ideas of one scan
LISTED = 40
BY_THE_CLOCK = "schedule"
DAY = timedelta(days=1)


def is_due(target: Target, now: datetime) -> bool:
    """Tell whether the clock has not had this target scanned in the last day."""
    scans = Inspection.objects.filter(target=target, sort=Sort.SCAN, trigger=BY_THE_CLOCK)
    return not scans.filter(at__gt=now - DAY).exists()


def make(
    target: Target,
    now: datetime,
    *,
    trigger: str,
    actor: Actor = ACTOR,
    model: Model | None = None,
) -> Inspection:
    """Scan a week and write the report; no finding is a normal result.

    Raises NotReady when the repository cannot be read, or somebody is at it already. A failure of
    the model is kept on the row: what was counted stands without it.
    """
    refuse_unready(target)
    try:
        with holding.alone(target, "scanned", now):
            return _made(target, now, trigger, actor, model)
    except AtWork as busy:
        raise NotReady(str(busy)) from busy


def _made(
    target: Target, now: datetime, trigger: str, actor: Actor, model: Model | None
) -> Inspection:
    week = week_of(target, now)
    chosen = model.engine if model else modelled.engine_chosen(planner.AUTHOR)
    taken, engine, error = _planned(target, week, now, chosen, model)
    found = list(_settled(list(_found(week)), taken))
    return write(
        target,
        Sort.SCAN,
        found[:LISTED],
        at=now,
        actor=actor,
        trigger=trigger,
        engine=engine,
        since=now - aggregates.WEEK,
        sessions=week.sessions,
        calls=week.calls,
        successes=max(0, week.calls - week.failures),
        left_out=max(0, len(found) - LISTED),
        not_told=week.not_told,
        error=error,
    )


def week_of(target: Target, now: datetime) -> Week:
    """Count what seven days of a target show."""
    thresholds = settings.SELFIMPROVE.evaluation
    limits = OfAWeek(thresholds.minimum_occurrences, thresholds.backoff_hours)
    return aggregates.gather(target, now, limits)


def _planned(
    target: Target, week: Week, now: datetime, engine: str, model: Model | None
) -> tuple[Taken, str, str]:
    """Ask the model where one is the engine and there is something to ask about.

    The second is who really answered, the third why nobody did.
    """
    if engine == Engine.EMBEDDED or not (week.recurring or week.flaky or week.stale):
        return Taken(), engine, ""
    try:
        taken, answer = planner.plan(target, week, now, model)
    except KNOWN_FAILURES as failure:
        return Taken(), engine, sanitize(f"{type(failure).__name__}: {failure}")[0]
    return taken, answer.engine, ""


def _found(week: Week) -> Iterator[Found]:
    yield from _recurring(week)
    yield from _flaky(week)
    yield from _stale(week)
    yield from _drifts(week)


def _settled(found: list[Found], taken: Taken) -> Iterator[Found]:
    """Say of each finding what the model made of it; only the first few become ideas."""
    raised = 0
    for one in found:
        proposal = taken.proposed.get(one.pattern or 0)
        if proposal is not None:
            yield replace(one, fate=Fate.PROPOSED, only_listed=proposal.title, proposal=proposal)
        elif (reason := taken.refused.get(one.pattern or 0)) is not None:
            yield replace(one, fate=Fate.UNUSABLE, only_listed=reason)
        elif one.fate is None and not one.only_listed and raised >= RAISED:
            yield replace(one, only_listed=f"only the first {RAISED} become ideas")
        else:
            raised += one.fate is None and not one.only_listed
            yield one


def _recurring(week: Week) -> Iterator[Found]:
    for one in week.recurring:
        pattern = one.case.pattern
        name = plain(pattern.component, 60) or pattern.get_event_type_display()
        yield Found(
            key=f"recurring:{pattern.pk}",
            kind="recurring_pattern",
            title=f"{name} keeps failing: {plain(pattern.error_code or pattern.template, 80)}",
            detail=f"{counted(one.case.count, 'time')} in"
            f" {counted(one.case.sessions, 'session')}, on {one.days} of 7 days.",
            count=one.case.count,
            sessions=one.case.sessions,
            pattern=pattern.pk,
            fate=Fate.ANSWERED if one.bar else None,
            only_listed=one.bar.reason if one.bar else "",
            proposal=one.bar.proposal if one.bar else None,
        )


def _flaky(week: Week) -> Iterator[Found]:
    for one in week.flaky:
        ends = ", ".join(plain(status, 40) for status in one.statuses) or "untold"
        yield Found(
            key=f"flaky:{plain(one.task, 200)}",
            kind="flaky_task",
            title=f"{plain(one.task, 80)} fails now and then",
            detail=f"{counted(one.failures, 'failure')} on {one.days} of 7 days, with retries:"
            f" {one.retries}; ended as {ends}.",
            count=one.failures,
            sessions=one.days,
        )


def _stale(week: Week) -> Iterator[Found]:
    for one in week.stale:
        name = plain(one.component, 60) or "an index"
        yield Found(
            key=f"stale:{one.pk}",
            kind="stale_index",
            title=f"{name} works on a stale index",
            detail=f"The failures say: {plain(one.template, 200)}",
            count=one.count,
            sessions=one.session_count,
            pattern=one.pk,
        )


def _drifts(week: Week) -> Iterator[Found]:
    for one in week.drifts:
        yield Found(
            key=f"drift:{one.commit}",
            kind="prompt_drift",
            title=f"Prompts changed in {one.commit[:12]}",
            detail=f"{', '.join(one.paths)}; {one.words}.",
            count=len(one.paths),
            sessions=0,
            only_listed="" if one.worse else "the failures beside it have not risen for sure",
        )
