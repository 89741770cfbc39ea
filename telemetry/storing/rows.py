"""How do events become rows once each, quickly, and which of them were new?

An event's name (uid) tells it from all others of its target within a day: whatever comes again
with the same name and a moment less than a day away is the same event. The target's lock makes
one writer at a time per target: what is new is known exactly, and ids follow the order of commits,
which the mining's mark relies on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from targets.models import Target
from telemetry.events.rows import Row
from telemetry.rollups import counting
from telemetry.storing import days, known, postgres, sqlite

SAME = timedelta(days=1)  # within it a name is one event's


def insert(target: Target, rows: Sequence[Row]) -> int:
    """Insert what is new and count it, in the caller's transaction; return how many that were."""
    if not rows:
        return 0
    Target.objects.select_for_update(no_key=True).get(pk=target.pk)
    new = write(target.pk, rows)
    counting.count(target.pk, new)
    return len(new)


def write(target_id: int, rows: Sequence[Row]) -> list[Row]:
    """Insert what is new, uncounted, under the target's lock; return that."""
    if days.apart():
        days.ensure(row.timestamp for row in rows)
    new = known.unknown(target_id, _once(rows), SAME)
    if new:
        backend = postgres if days.apart() else sqlite
        backend.write(new)
    return new


def _once(rows: Sequence[Row]) -> list[Row]:
    """Return the rows without repeats among them; the last of them stays."""
    if len({row.uid for row in rows}) == len(rows):
        return list(rows)
    kept: dict[str, list[datetime]] = {}
    once = []
    for row in reversed(rows):
        moments = kept.get(row.uid)
        if moments is None:
            kept[row.uid] = [row.timestamp]
        elif all(abs(row.timestamp - at) >= SAME for at in moments):
            moments.append(row.timestamp)
        else:
            continue
        once.append(row)
    return once[::-1]
