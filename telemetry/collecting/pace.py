"""How many lines a minute does a source bring?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

KEPT = 15  # minutes
JUDGED = 5  # minutes that make the rate

Minute = list[int]  # which minute, lines, stored, refused


@dataclass(frozen=True, slots=True)
class Pace:
    """What a source brought in the last minutes."""

    lines_a_minute: float
    refused: int
    by_minute: tuple[int, ...]


def noted(recent: Sequence[Minute], now: datetime, counts: tuple[int, int, int]) -> list[Minute]:
    """Add lines, stored and refused to the current minute; forget minutes long past."""
    minute = int(now.timestamp() // 60)
    kept = [list(entry) for entry in recent if minute - KEPT < entry[0] <= minute]
    if not any(counts):
        return kept
    if not kept or kept[-1][0] != minute:
        kept.append([minute, 0, 0, 0])
    kept[-1][1:] = [before + added for before, added in zip(kept[-1][1:], counts, strict=True)]
    return kept


def of(recent: Sequence[Minute], now: datetime) -> Pace:
    """Return the pace; a source that began within the judged minutes is judged by those it has."""
    minute = int(now.timestamp() // 60)
    kept = {entry[0]: entry for entry in recent if minute - KEPT < entry[0] <= minute}
    judged = [entry for at, entry in kept.items() if at > minute - JUDGED]
    begun = min((entry[0] for entry in judged), default=minute)
    span = max(1.0, min(JUDGED, now.timestamp() / 60 - begun))
    return Pace(
        lines_a_minute=sum(entry[1] for entry in judged) / span,
        refused=sum(entry[3] for entry in kept.values()),
        by_minute=tuple(kept.get(at, (0, 0))[1] for at in range(minute - KEPT + 1, minute + 1)),
    )
