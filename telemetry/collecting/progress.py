"""What does a source remember of a look at its place?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ports.telemetry_source import Batch
from telemetry.collecting import pace
from telemetry.models import Source
from telemetry.sanitizer import Policy, sanitize

LONGEST = 1000  # characters of what is remembered of a trouble
MOST_REASONS = 5
SKIPPED = "a line is too long or is not what this collector reads"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the lines of one look."""

    read: int
    stored: int
    refused: int
    reasons: Sequence[str] = ()


def note(source: Source, batch: Batch, counts: Counts, now: datetime, policy: Policy) -> None:
    """Remember how far a source was read, and what was found there."""
    changed = {"last_read_at", "last_error", "places", "has_more", "behind_bytes", "recent"}
    if source.cursor != batch.cursor:  # thousands of files make a large one
        source.cursor = batch.cursor
        changed.add("cursor")
    source.last_read_at = now
    source.last_error = _told(batch.problems, policy)
    source.places, source.has_more, source.behind_bytes = batch.places, batch.more, batch.behind
    lines = counts.read + batch.skipped
    source.recent = pace.noted(source.recent, now, (lines, counts.stored, counts.refused))
    if lines:
        source.last_line_at = now
        source.read_count += lines
        source.stored_count += counts.stored
        source.refused_count += counts.refused
        changed |= {"last_line_at", "read_count", "stored_count", "refused_count"}
    if counts.refused:
        source.last_refused_at = now
        reasons = [*counts.reasons, *([SKIPPED] if batch.skipped else [])]
        source.last_refusal = _told(reasons, policy)
        changed |= {"last_refused_at", "last_refusal"}
    source.save(update_fields=sorted(changed))


def note_failure(source: Source, reason: str, policy: Policy) -> None:
    """Remember why a place could not be read; nothing else is touched."""
    source.last_error = _told([reason], policy)
    source.save(update_fields=["last_error"])


def _told(reasons: Sequence[str], policy: Policy) -> str:
    told = list(dict.fromkeys(reasons))[:MOST_REASONS]
    return sanitize("; ".join(told), policy)[0][:LONGEST]
