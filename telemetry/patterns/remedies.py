"""When was a pattern's remedy declared effective, and when was that taken back?

The rooms above know proposals and deliveries; they tell this room through these functions.
"""

from datetime import datetime

from django.db import transaction

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from targets.models import Target
from telemetry.models import Pattern
from telemetry.patterns import exposures, judging
from telemetry.patterns.exposures import PROOF


def declare(
    pattern_id: int,
    *,
    remedy: str,
    title: str,
    deployed_at: datetime | None,
    effective_at: datetime,
    actor: Actor,
    at: datetime,
) -> bool:
    """Note that a remedy works from a moment on; say whether that was news."""
    with transaction.atomic():
        pattern = _locked(pattern_id)
        if pattern.remedy == remedy and pattern.remedied_at is not None:
            return False
        pattern.remedy, pattern.remedied_at = remedy[:100], effective_at
        pattern.remedied_from, pattern.recurred_at = deployed_at, None
        exposures.forget(pattern)
        pattern.save(
            update_fields=["remedy", "remedied_at", "remedied_from", "recurred_at", *PROOF]
        )
        log.record(
            AuditEvent.PATTERN_REMEDIED,
            actor=actor,
            subject=f"pattern:{pattern.pk}",
            at=at,
            target=pattern.target.slug,
            reason=f"“{title}” was declared effective",
            texts={"template": pattern.template[:500]},
            facts={"component": pattern.component, "remedy": remedy},
        )
        judging.judge([pattern], at)
    return True


def withdraw(pattern_id: int, *, at: datetime) -> None:
    """Forget a remedy that was taken back: what happens from now on is no return."""
    with transaction.atomic():
        pattern = _locked(pattern_id)
        pattern.remedied_at = pattern.remedied_from = pattern.recurred_at = None
        exposures.forget(pattern)
        pattern.save(update_fields=["remedied_at", "remedied_from", "recurred_at", *PROOF])
        judging.judge([pattern], at)


def _locked(pattern_id: int) -> Pattern:
    target_id = Pattern.objects.values_list("target_id", flat=True).get(pk=pattern_id)
    Target.objects.select_for_update(no_key=True).get(pk=target_id)
    return Pattern.objects.select_related("target").get(pk=pattern_id)
