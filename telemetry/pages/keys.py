"""Where does a page of a list begin? Keys of rows, read from an address that anybody may type."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from telemetry.models import Pattern

LAST = 10**18 - 1  # no row has such a number


def read_moment(text: str) -> datetime | None:
    """Read an aware moment; what is none is as good as none."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def is_id(text: str) -> bool:
    """Say whether a text can be the number of a row."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def of_pattern(pattern: Pattern) -> str:
    """Return the key of a pattern in the list."""
    return f"{pattern.last_seen.isoformat()}~{pattern.pk}"


def of_event(key: tuple[datetime, int]) -> str:
    """Return the key of a place in the stream of events."""
    return f"{key[0].isoformat()}~{key[1]}"


def before(at: datetime) -> str:
    """Return the key behind which everything stands that was before a moment."""
    return of_event((at - timedelta(microseconds=1), LAST))


def read(key: str) -> tuple[datetime, int] | None:
    """Read a moment and a number; what is none is as good as none."""
    moment, _, number = key.partition("~")
    at = read_moment(moment)
    return (at, int(number)) if at is not None and is_id(number) else None


def behind(key: str) -> Q:
    """Return what stands behind a key in the list; everything where the key is none."""
    found = read(key)
    if found is None:
        return Q()
    at, number = found
    return Q(last_seen__lt=at) | Q(last_seen=at, pk__lt=number)
