"""Who is told when a budget is half used, nearly used or reached, and how often?"""

from collections.abc import Iterable
from datetime import datetime

from audit.events import Event
from audit.log import Actor, record
from personas.ledger.budgets import Standing
from personas.models import Alert

SHARES = (50, 80, 100)
REACHED = 100


def tell(found: Iterable[Standing], *, simulated: bool, at: datetime) -> None:
    """Record each share that what is closed has passed, once in its period."""
    for standing in found:
        bound = standing.bound
        if bound.scope is None or not bound.limit:
            continue
        for share in SHARES:
            if standing.closed * 100 >= share * bound.limit:
                _once(standing, share, simulated=simulated, at=at)


def reached(standing: Standing, *, simulated: bool, at: datetime) -> None:
    """Record that a budget has no room for the next call, once in its period."""
    if standing.bound.scope is not None:
        _once(standing, REACHED, simulated=simulated, at=at)


def _once(standing: Standing, share: int, *, simulated: bool, at: datetime) -> None:
    bound = standing.bound
    _, new = Alert.objects.get_or_create(
        budget=bound.name[:250],
        unit=bound.unit,
        simulated=simulated,
        period=bound.period,
        percent=share,
        defaults={
            "since": bound.since,
            "limit": bound.limit,
            "counted": standing.counted,
            "at": at,
        },
    )
    if new:
        record(
            Event.BUDGET_ALERTED,
            actor=Actor.system("personas"),
            subject=f"budget:{bound.name}"[:200],
            at=at,
            facts={
                "title": bound.name,
                "state": f"{share} % used",
                "percent": share,
                "period": bound.period,
                "limit": bound.words(bound.limit),
                "counted": bound.words(standing.counted),
                "setting": bound.setting,
                "simulated": simulated,
            },
        )
