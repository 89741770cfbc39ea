"""How does a reason to evaluate now wake an evaluation once, and which one answers it?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from evaluation.causes import Cause
from evaluation.models import Evaluation
from evaluation.triggers.looking import look
from evaluation.triggers.records import Waking
from targets.models import Target

ACTOR = Actor.system("evaluation")
FORGOTTEN = timedelta(hours=24)  # what nobody could answer for so long is no reason any more
LONGEST_WORDS = 200


def notice(target: Target, now: datetime) -> list[Waking]:
    """Write down each reason that is new; its entry in the log wakes the evaluation."""
    limits = settings.SELFIMPROVE.triggers
    before = now - timedelta(minutes=limits.debounce_minutes)
    written = []
    for trigger, words in look(target, now, limits):
        with transaction.atomic():
            Target.objects.select_for_update().get(pk=target.pk)  # two looks write one
            lately = Waking.objects.filter(target=target, trigger=trigger, at__gt=before)
            if lately.exists():
                continue
            waking = Waking.objects.create(target=target, trigger=trigger, words=words, at=now)
            record(
                Event.EVALUATION_WOKEN,
                actor=ACTOR,
                subject=f"target:{target.slug}",
                target=target.slug,
                at=now,
                facts={"trigger": trigger.value, "words": words},
            )
            written.append(waking)
    return written


def waiting(target: Target, now: datetime) -> list[Waking]:
    """Return the reasons that no evaluation has answered yet, the oldest first."""
    rows = Waking.objects.filter(target=target, evaluation=None, at__gt=now - FORGOTTEN)
    return list(rows.order_by("pk"))


def cause_of(wakings: Sequence[Waking]) -> tuple[str, Cause]:
    """Return the trigger and the words that an evaluation's row keeps."""
    words = "; ".join(str(waking) for waking in wakings)
    short = words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS - 1]}…"
    return wakings[0].trigger, Cause(words=short)


def answered(wakings: Sequence[Waking], evaluation: Evaluation) -> None:
    """Note which evaluation answered."""
    numbers = [waking.pk for waking in wakings]
    Waking.objects.filter(pk__in=numbers).update(evaluation=evaluation)
