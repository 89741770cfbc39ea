"""When is ingestion asked to wait, and how does it say so?"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import inf

from django.conf import settings
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Max

from targets.models import Target
from telemetry.models import Event, PatternAlias

PATIENCE_MS = 5_000  # how long a writer waits for another before it says so
RETRY_SECONDS = 5
FULL_RETRY_SECONDS = 60
_LOOK_AGAIN = timedelta(seconds=5)
_SQLITE_WAITS = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}
_POSTGRES_FULL, _POSTGRES_WAITS = {"53100"}, {"55P03", "40P01", "40001", "53300", "57P03"}


class Busy(Exception):
    """Nothing was stored, and nothing is lost: the sender tries again after some seconds."""

    def __init__(self, reason: str, retry_after: int = RETRY_SECONDS) -> None:
        """Keep the pause for whoever answers."""
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


@contextmanager
def said() -> Iterator[None]:
    """Turn a database that is locked, full or away into Busy; everything else goes through."""
    try:
        with _patience():
            yield
    except (OperationalError, InterfaceError) as error:
        busy = _busy(error)
        if busy is None:
            raise
        raise busy from error


def refuse_when_behind(target: Target, now: datetime) -> None:
    """Raise Busy while more events wait to be grouped than the settings allow."""
    limit = settings.SELFIMPROVE.telemetry.most_ungrouped
    if ungrouped_at_least(target, limit, now):
        raise Busy(
            f"more than {limit} failures of {target.slug} wait to be grouped; send this later"
        )


def ungrouped_at_least(target: Target, limit: int, now: datetime) -> bool:
    """Say whether more failures than that came since the last grouping; remembered for moments."""
    aliases = PatternAlias.objects.filter(target=target)
    mark = aliases.aggregate(mark=Max("counted_to"))["mark"] or 0
    if _no_newer_than() - mark <= limit or _newest() - mark <= limit:
        return False
    key = f"telemetry-behind-{target.pk}-{limit}"
    known: tuple[bool, int, datetime] | None = cache.get(key)
    if known and known[1] == mark and abs(now - known[2]) < _LOOK_AGAIN:
        return known[0]
    failures = Event.objects.filter(target=target, pk__gt=mark).exclude(fingerprint="")
    behind = len(failures.order_by("pk").values_list("pk")[limit : limit + 1]) > 0
    cache.set(key, (behind, mark, now), 60)
    return behind


def _no_newer_than() -> float:
    """Bound the newest id without a look into every day, where there are days."""
    if connection.vendor != "postgresql":
        return inf
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT last_value FROM {Event._meta.db_table}_id_seq")  # noqa: S608
        (last,) = cursor.fetchone()
    return int(last)


def _newest() -> int:
    return Event.objects.aggregate(newest=Max("pk"))["newest"] or 0


@contextmanager
def _patience() -> Iterator[None]:
    """Bound the wait for other writers, unless an outer transaction has set its own terms."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    usual = int(float(connection.settings_dict["OPTIONS"].get("timeout", 5)) * 1000)
    _set_sqlite_wait(min(PATIENCE_MS, usual))
    try:
        yield
    finally:
        _set_sqlite_wait(usual)


def _set_sqlite_wait(milliseconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")


def bound_wait() -> None:
    """Bound the wait for locks of this transaction, where that is told per transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")


def _busy(error: OperationalError | InterfaceError) -> Busy | None:
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    state = getattr(cause, "sqlstate", None) or ""
    if code is not None:
        full, waits = code & 0xFF == sqlite3.SQLITE_FULL, code & 0xFF in _SQLITE_WAITS
    else:
        full = state in _POSTGRES_FULL
        waits = state in _POSTGRES_WAITS or state.startswith("08") or _is_away(error)
    if full:
        return Busy("the disk of the database is full; nothing was stored", FULL_RETRY_SECONDS)
    return Busy("the database is busy or away; nothing was stored") if waits else None


def _is_away(error: OperationalError | InterfaceError) -> bool:
    """Say whether a driver lost its server: it has no code for that."""
    return isinstance(error, InterfaceError) or getattr(error.__cause__, "sqlstate", "") is None
