"""On which days does no window open, by the calendars that the team keeps?"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

LARGEST = 5 * 1024 * 1024
Days = dict[date, str]


class BadCalendar(ValueError):
    """A file of holidays cannot be read; the words say which and why."""


def between(paths: Iterable[Path], start: date, end: date, zone: ZoneInfo) -> Days:
    """Return each holiday of some iCalendar files between two days, with its name (RFC 5545).

    Raises BadCalendar: a calendar that cannot be read must not open a window.
    """
    found: Days = {}
    for path in paths:
        try:
            stamp = path.stat()
            if stamp.st_size > LARGEST:
                raise BadCalendar(f"{path.name}: it has more than {LARGEST} bytes")
            key = (stamp.st_mtime_ns, stamp.st_size)
            found |= _read(path, key, start, end, str(zone))
        except OSError as error:
            raise BadCalendar(f"{path.name}: it cannot be read: {error.strerror}") from error
    return found


@lru_cache(maxsize=64)
def _read(path: Path, _stamp: tuple[int, int], start: date, end: date, zone: str) -> Days:
    # Loaded only where a calendar is named: they take a quarter of a second.
    import recurring_ical_events
    from icalendar import Calendar

    try:
        calendar = Calendar.from_ical(path.read_bytes())
        events = recurring_ical_events.of(calendar).between(start, end + timedelta(days=1))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise BadCalendar(f"{path.name}: it is no calendar: {error}") from error
    found: Days = {}
    for event in events:
        name = str(event.get("SUMMARY", "")).strip()[:100] or "Holiday"
        for day in _days(event.start, event.end, ZoneInfo(zone)):
            if start <= day <= end:
                found[day] = name
    return found


def _days(start: date, end: date, zone: ZoneInfo) -> list[date]:
    """Return each day that an event touches; the end of a whole day is the day after it."""
    first, last = _day(start, zone), _day(end, zone)
    if not isinstance(end, datetime) and last > first:
        last -= timedelta(days=1)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _day(moment: date, zone: ZoneInfo) -> date:
    if not isinstance(moment, datetime):
        return moment
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()
