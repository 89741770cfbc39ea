"""What is so now that people should hear of, though no entry of the log says it?"""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from audit.anchors import standing
from delivery.models import Delivery
from notifications.kinds import KINDS
from notifications.models import Occurrence
from notifications.noting import News, keep

ASK = "ask"
LATE = "Late"


def look(now: datetime) -> list[Occurrence]:
    """Note what asks for a person by standing as it does; each thing once."""
    noted = (keep(news) for news in (*_unclear(now), *_late(now)))
    return [one for one in noted if one is not None]


def _unclear(now: datetime) -> Iterator[News]:
    """Name deliveries whose effect could not be judged, where the policy is to ask."""
    if settings.SELFIMPROVE.watch.on_inconclusive != ASK:
        return
    rows = Delivery.objects.filter(outcome="", watch__verdict="inconclusive", watch__kept_by="")
    for delivery in rows.select_related("target", "watch"):
        kind = KINDS["watch_asks"]
        subject = f"delivery:{delivery.pk}"
        yield News(
            kind=kind,
            key=subject,
            subject=subject,
            severity=kind.severity,
            at=now,
            target=delivery.target.slug,
            said=delivery.watch.reason,
        )


def _late(now: datetime) -> Iterator[News]:
    """Name places that have not got the log for too long."""
    for place in standing.standings(now):
        if place.badge == LATE:
            kind = KINDS["log_late"]
            since = place.at.isoformat() if place.at else "never"
            yield News(
                kind=kind,
                key=f"{place.kind} {place.title} since {since}",
                subject="log",
                severity=kind.severity,
                at=now,
                said=f"The log at the {place.title}: {place.words}",
            )
