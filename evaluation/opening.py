"""How does an evaluation begin: with a row and an entry, and an end for what was killed?"""

from datetime import datetime
from typing import Any

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from evaluation.causes import Cause
from evaluation.models import Evaluation
from targets.models import Target


def begin(
    target: Target,
    now: datetime,
    *,
    trigger: str,
    cause: Cause,
    actor: Actor,
    engine: str,
    **counted: Any,
) -> Evaluation:
    """Write the row of an evaluation that starts now, and the entry; return the row."""
    with transaction.atomic():
        # Whoever comes here holds the target alone: what has not ended was killed.
        Evaluation.objects.filter(target=target, ended_at=None).update(
            ended_at=now, error="interrupted before it ended"
        )
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
