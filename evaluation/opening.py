"""How does an evaluation begin: alone, with a row and an entry, ending what was killed?"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from evaluation.causes import Cause
from evaluation.models import Evaluation
from targets.models import Target

FIXING = timedelta(minutes=15)  # the longest that fixers and their tests take
BESIDE_A_MODEL = timedelta(minutes=5)  # what an evaluation does before and after it asks one


class BeingEvaluated(Exception):
    """Say that a target is being evaluated already, so that nobody is asked and paid twice."""


def is_running(target: Target, now: datetime) -> bool:
    """Tell whether a target is being evaluated; what began before that was killed."""
    deadline = timedelta(seconds=settings.SELFIMPROVE.models.deadline_seconds)
    since = now - max(FIXING, deadline + BESIDE_A_MODEL)
    return Evaluation.objects.filter(target=target, ended_at=None, started_at__gt=since).exists()


def begin(
    target: Target,
    now: datetime,
    *,
    trigger: str,
    cause: Cause,
    actor: Actor,
    engine: str,
    alone: bool = False,
    **counted: Any,
) -> Evaluation:
    """Write the row of an evaluation that starts now, and the entry; return the row.

    Raises BeingEvaluated where it shall be alone and another one runs.
    """
    with transaction.atomic():
        _make_way(target, now, alone=alone)
        evaluation = Evaluation.objects.create(
            target=target,
            trigger=trigger,
            engine=engine,
            started_at=now,
            base_commit=target.head_commit,
            **cause.fields,
            **counted,
        )
        record(
            Event.EVALUATION_STARTED,
            actor=actor,
            subject=f"evaluation:{evaluation.pk}",
            at=now,
            target=target.slug,
            facts={
                "trigger": trigger,
                "engine": engine,
                "patterns": evaluation.patterns_seen,
                **cause.facts,
            },
        )
    return evaluation


def _make_way(target: Target, now: datetime, *, alone: bool) -> None:
    """End what has not ended; whoever shall be alone ends only what was killed."""
    Target.objects.select_for_update().get(pk=target.pk)  # two that begin see each other
    if alone and is_running(target, now):
        raise BeingEvaluated(f"{target.name} is being evaluated already")
    Evaluation.objects.filter(target=target, ended_at=None).update(
        ended_at=now, error="interrupted before it ended"
    )
