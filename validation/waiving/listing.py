"""How are waivers told, one by one and by where they stand?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from validation.models import Waiver

STATES = ("in force", "expired", "withdrawn")
_TONES = {"in force": "warn", "expired": "quiet", "withdrawn": "quiet"}


@dataclass(frozen=True)
class Told:
    """Hold a waiver and where it stands now."""

    waiver: Waiver
    state: str

    @property
    def tone(self) -> str:
        """Return its badge's tone: what is let pass needs an eye."""
        return _TONES[self.state]


def told(waiver: Waiver, now: datetime) -> Told:
    """Say where a waiver stands."""
    return Told(waiver, waiver.state(now))


def of_state(rows: QuerySet[Waiver], state: str, now: datetime) -> QuerySet[Waiver]:
    """Keep those that stand so; "" keeps all."""
    if state == "withdrawn":
        return rows.filter(withdrawn_at__isnull=False)
    if state == "expired":
        return rows.filter(withdrawn_at=None, until__lte=now)
    if state == "in force":
        return rows.filter(withdrawn_at=None, until__gt=now)
    return rows


def plain(waiver: Waiver, now: datetime) -> dict[str, Any]:
    """Write a waiver for programs."""
    ended = waiver.withdrawn_at
    return {
        "id": waiver.pk,
        "state": waiver.state(now),
        "target": waiver.target.slug,
        "proposal": str(waiver.proposal),
        "gate": waiver.gate,
        "gate_version": waiver.version,
        "path": waiver.path,
        "line": waiver.line,
        "message": waiver.message,
        "finding": waiver.bound,
        "waived_by": waiver.waived_by.get_username(),
        "reason": waiver.reason,
        "at": waiver.at.isoformat(),
        "until": waiver.until.isoformat(),
        "withdrawn_by": waiver.withdrawn_by.get_username() if waiver.withdrawn_by else "",
        "withdrawn_at": ended.isoformat() if ended else "",
        "withdrawn_because": waiver.withdrawn_because,
        "entry": str(waiver.entry_uid),
    }
