"""Which days does PostgreSQL keep apart, so that a whole day can go at once?

Each day of UTC is a partition of its own. What has no day lies in `telemetry_event_other`: held
events of days that are gone, and rows that somebody wrote for a day that nobody had made yet.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction

TABLE = "telemetry_event"
OTHER = "telemetry_event_other"
AHEAD = 7
_LOCK_NOT_AVAILABLE = "55P03"
_LOCK = 0x7E1E_0DA7  # one maker or dropper of days at a time
_MISSING = f"""
SELECT day FROM unnest(%s::date[]) AS day
WHERE to_regclass('{TABLE}_' || to_char(day, 'YYYYMMDD')) IS NULL ORDER BY day
"""  # noqa: S608
_KNOWN = """
SELECT child.relname FROM pg_inherits
JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent = to_regclass(%s)
"""


class InUse(Exception):
    """A day cannot be dropped while somebody reads it."""


def apart() -> bool:
    """Say whether this database keeps days apart."""
    return connection.vendor == "postgresql"


def ensure(moments: Iterable[datetime]) -> int:
    """Make the days of these moments that are missing; return how many those were."""
    wanted = sorted({moment.astimezone(UTC).date() for moment in moments})
    missing = _missing(wanted)
    if not missing:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for day in _missing(missing):
            _make(cursor, day)
    return len(missing)


def ensure_window(now: datetime, oldest: datetime) -> int:
    """Make every day that may still be written to, and a week ahead."""
    span = (now + timedelta(days=AHEAD)).date() - oldest.date()
    return ensure(oldest + timedelta(days=n) for n in range(span.days + 1))


def near(moments: Iterable[datetime], span: timedelta) -> list[str]:
    """Name the tables of whole days around these moments; none is dropped before we commit."""
    at = {moment.astimezone(UTC).date() for moment in moments}
    wanted = {day + shift for day in at for shift in (-span, timedelta(), span)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"LOCK TABLE ONLY {TABLE} IN ACCESS SHARE MODE; {_MISSING}", [sorted(wanted)]
        )
        cursor.nextset()
        missing = {day for (day,) in cursor.fetchall()}
    return [*(partition(day) for day in sorted(wanted - missing)), OTHER]


def known() -> list[date]:
    """Return the days that are apart, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [TABLE])
        names = [name.removeprefix(f"{TABLE}_") for (name,) in cursor.fetchall()]
    return sorted(
        datetime.strptime(name, "%Y%m%d").replace(tzinfo=UTC).date()
        for name in names
        if name.isdigit()
    )


def counts(day: date) -> dict[int, int]:
    """Count a day's events per target, those that are held aside left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT target_id, count(*) FROM {partition(day)} AS event"  # noqa: S608
            f" WHERE NOT {_HELD} GROUP BY target_id"
        )
        return dict(cursor.fetchall())


def targets_in(day: date) -> set[int]:
    """Say whose events lie in a day, by a few looks into its index."""
    found: set[int] = set()
    last = -1
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"SELECT min(target_id) FROM {partition(day)} WHERE target_id > %s",  # noqa: S608
                [last],
            )
            (target,) = cursor.fetchone()
            if target is None:
                return found
            found.add(target)
            last = target


def drop(day: date, *, patience_ms: int = 3_000) -> None:
    """Drop a day at once; events that are held move aside first, in the same transaction.

    Raises InUse when readers do not let go in time: then nothing has changed.
    """
    try:
        _drop(day, patience_ms)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == _LOCK_NOT_AVAILABLE:
            raise InUse(f"{day} is being read; it is dropped next time") from error
        raise


def _drop(day: date, patience_ms: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {int(patience_ms)}")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else what is unchecked stands in the way
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        gone = partition(day)
        cursor.execute(f"ALTER TABLE {TABLE} DETACH PARTITION {gone}")
        names = _columns(cursor)
        cursor.execute(
            f"INSERT INTO {TABLE} ({names}) SELECT {names} FROM {gone} AS event WHERE {_HELD}"  # noqa: S608
        )
        cursor.execute(f"DROP TABLE {gone}")


def partition(day: date) -> str:
    """Name the table that keeps a day."""
    return f"{TABLE}_{day:%Y%m%d}"


_HELD = (
    "EXISTS (SELECT 1 FROM telemetry_heldevent AS held"
    " WHERE held.target_id = event.target_id AND held.uid = event.uid)"
)


def _missing(days: list[date]) -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [days])
        return [day for (day,) in cursor.fetchall()]


def _make(cursor: Any, day: date) -> None:
    """Make a day beside the others, move in what lies there for it, and attach it."""
    name, names = partition(day), _columns(cursor)
    start = datetime.combine(day, time(), UTC)
    bounds = [start, start + timedelta(days=1)]
    cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    cursor.execute(
        f"WITH moved AS (DELETE FROM {OTHER} WHERE timestamp >= %s AND timestamp < %s"  # noqa: S608
        f" RETURNING {names}) INSERT INTO {name} ({names}) SELECT {names} FROM moved",
        bounds,
    )
    since, until = (bound.isoformat() for bound in bounds)
    cursor.execute(
        f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ('{since}') TO ('{until}')"
    )


def _columns(cursor: Any) -> str:
    cursor.execute(f"SELECT * FROM {TABLE} LIMIT 0")  # noqa: S608
    return ", ".join(f'"{column[0]}"' for column in cursor.description)
