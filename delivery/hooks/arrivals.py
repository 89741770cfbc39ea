"""What follows from a webhook: nothing, or that a delivery looks at the forge at once?

A webhook is believed in nothing: whatever it says, the delivery asks GitHub itself. So one that
comes twice, late, out of order or not at all costs at most the pause until the next look.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from delivery.mirroring import rounds
from delivery.models import Arrival, Delivery, Plan
from delivery.stages.reviewing import POLL_SECONDS
from ports.forge import PermanentError
from ports.forge.github.reading import text
from ports.forge.github.webhooks import News, read
from targets.models import Target
from targets.origins import access

KEPT = timedelta(days=30)
STAGES = ("pull_request", "merge")


def take(uid: str, event: str, payload: dict[str, Any], now: datetime) -> Arrival | None:
    """Note a webhook and wake whom it concerns, both or neither; None: it was here before."""
    news = read(event, payload)
    arrival = Arrival(
        uid=uid[:64],
        event=event[:60],
        action=text(payload, "action")[:60],
        repository=news.repository[:200],
        at=now,
    )
    try:
        with transaction.atomic():
            arrival.woken = 0 if news.ignored else _wake(news, now)
            arrival.followed = _followed(news, arrival.woken)
            arrival.save(force_insert=True)
            Arrival.objects.filter(at__lt=now - KEPT).delete()
    except IntegrityError:
        return None
    return arrival


def _wake(news: News, now: datetime) -> int:
    """Let the deliveries that wait for this repository look now.

    Only the usual pause is cut short: whoever waits longer does so because GitHub limits us, or
    because something of ours is broken, and a stranger's comments must not wear that out.
    """
    waiting = Delivery.objects.filter(
        outcome="", plan=Plan.FORWARD, stage__in=STAGES, errors_in_row=0,
        target__in=_targets(news.repository),
        next_step_at__gt=now, next_step_at__lte=now + timedelta(seconds=POLL_SECONDS),
    )  # fmt: skip
    if news.numbers:
        waiting = waiting.filter(Q(pull_request__in=news.numbers) | Q(pull_request=None))
    rounds.wake(_talked_about(news, now), now)
    return waiting.update(next_step_at=now)


def _talked_about(news: News, now: datetime) -> QuerySet[Delivery]:
    """Return the deliveries whose conversation it may be about."""
    rows = rounds.listened_to(now).filter(target__in=_targets(news.repository))
    return rows.filter(pull_request__in=news.numbers) if news.numbers else rows


def _targets(repository: str) -> list[int]:
    theirs = Target.objects.filter(forge=access.FORGE)
    return [one.pk for one in theirs if _name(one).lower() == repository.lower()]


def _name(target: Target) -> str:
    try:
        return access.name_of(target)
    except PermanentError:  # its delivery says so
        return ""


def _followed(news: News, woken: int) -> str:
    if news.ignored:
        return f"ignored: {news.ignored}"[:200]
    if not woken:
        return "nothing waits for it"
    return f"woke {woken} {'delivery' if woken == 1 else 'deliveries'}"
