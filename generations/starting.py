"""Which generations begin by the clock, and what keeps them from it?"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from generations import requested
from generations.models import Generation, Loop, Reason, Writer
from generations.running import opening, series
from generations.running.opening import CannotBegin, Wish
from generations.running.recording import OURSELVES
from personas.ledger import budgets
from personas.models import Budget
from targets.models import State, Target


def of_loops(now: datetime) -> list[Generation]:
    """Begin the next generation of each open loop that has none at work."""
    waiting = Loop.objects.filter(ended_at=None).select_related("target").order_by("pk")
    fitting = (loop for loop in waiting if not held(loop, now))
    begun = (series.next_of(loop, at=now) for loop in fitting)
    return [generation for generation in begun if generation is not None]


def by_themselves(now: datetime) -> list[Generation]:
    """Begin one on each target that is due for one by the setting, and that nobody works on."""
    begun = []
    for target in _due(now):
        if no_money(target, opening.configured(), now):
            continue
        try:
            begun.append(opening.begin(Wish(target, OURSELVES), at=now))
        except CannotBegin:
            continue  # somebody was faster, or paused it: what is due is asked again
    return begun


def of_requests(now: datetime) -> list[Generation]:
    """Begin one for each request for changes that a model is to answer, one of a target at a time.

    Whoever asked for changes waits for just that: neither a loop nor the setting has to be due.
    """
    begun = []
    for request in requested.waiting():
        target, subject = request.proposal.target, requested.subject_of(request)
        if no_money(target, Writer.MODEL, now):
            continue
        wish = Wish(
            target,
            OURSELVES,
            writer=Writer.MODEL,
            subject=subject,
            brief=requested.brief(request),
        )
        try:
            begun.append(opening.begin(wish, at=now))
        except CannotBegin:
            continue  # another one is at work on it, or it is paused: it is asked again
    return begun


def held(loop: Loop, now: datetime) -> str:
    """Say which budget keeps a loop waiting; nothing where it may go on, or is about to end."""
    last = loop.generations.order_by("-pk").first()
    ends = last is not None and last.reason_kind == Reason.BUDGET
    return "" if ends else used_up(loop.target, loop.writer, now)


def used_up(target: Target, writer: str, now: datetime) -> str:
    """Name the budget of a day or a month that leaves no room for a model; nothing if none."""
    if writer != Writer.MODEL:
        return ""
    spending = settings.SELFIMPROVE.spending
    own = Budget.objects.filter(target=target).first()
    bounds = [*budgets.of_target(target, own, spending, now), *budgets.of_all(spending, now)]
    found = budgets.standings(bounds, simulated=False)
    full = next((one for one in found if one.counted >= one.bound.limit), None)
    return f"the budget “{full.bound.name}” is used up ({full.bound.setting})" if full else ""


def no_money(target: Target, writer: str, now: datetime) -> str:
    """Say why nothing that asks a model begins by itself today; nothing where it may.

    What the next call can take nobody knows before it is asked. So one that ended for its budget
    holds those that would follow by themselves for that day, instead of letting them end alike.
    """
    if full := used_up(target, writer, now):
        return full
    last = Generation.objects.filter(target=target, writer=writer).exclude(outcome="").first()
    if last is None or last.reason_kind != Reason.BUDGET or not last.ended_at:
        return ""
    today = now.astimezone(UTC).date()
    return f"{last} ended for its budget today" if last.ended_at.date() == today else ""


def _due(now: datetime) -> QuerySet[Target]:
    hours = settings.SELFIMPROVE.generations.every_hours
    if not hours:
        return Target.objects.none()
    mine = Generation.objects.filter(target=OuterRef("pk"))
    lately = mine.filter(started_at__gt=now - timedelta(hours=hours))
    loops = Loop.objects.filter(target=OuterRef("pk"), ended_at=None)
    ready = Target.objects.filter(state=State.READY, paused=False)
    return ready.exclude(Exists(lately) | Exists(mine.filter(outcome="")) | Exists(loops))
