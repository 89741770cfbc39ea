"""How often has each policy decided lately?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from targets.models import Target
from validation.authorising.deciding import Decision
from validation.authorising.records import Ruling

LATELY = timedelta(days=30)
SHOWN = 200


@dataclass(frozen=True)
class Tally:
    """Count what one policy decided, and when it last did."""

    permitted: int = 0
    denied: int = 0
    last_at: datetime | None = None


def keep(decision: Decision, *, target: Target | None, at: datetime) -> None:
    """Keep a decision, once for each policy that took part in it."""
    Ruling.objects.bulk_create(
        Ruling(
            policy=policy,
            action=decision.action,
            permitted=decision.permitted,
            principal=decision.principal[:SHOWN],
            target=target,
            digest=decision.digest,
            at=at,
        )
        for policy in decision.policies or ("",)
    )


def lately(now: datetime) -> Mapping[str, Tally]:
    """Count the last thirty days by policy; under no name what none decided."""
    rows = (
        Ruling.objects.filter(at__gt=now - LATELY)
        .values("policy")
        .annotate(
            yes=Count("pk", filter=Q(permitted=True)),
            no=Count("pk", filter=Q(permitted=False)),
            last=Max("at"),
        )
    )
    return {row["policy"]: Tally(row["yes"], row["no"], row["last"]) for row in rows}


def prune(now: datetime) -> int:
    """Delete the rows that no count asks for any more; the log keeps the decisions."""
    return Ruling.objects.filter(at__lte=now - LATELY).delete()[0]
