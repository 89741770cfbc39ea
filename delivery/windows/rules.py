"""Is a change window open at a moment, until when, and when does the next one open? Pure.

A rule is a line: `mon-thu 09:00-16:00`, `gateway: sat 22:00-04:00 high critical`. Its hours are
read off the clock on the team's wall: an hour that a change of summer time skips is not there, one
that it repeats counts both times. A window past midnight belongs to the day on which it begins.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RISKS = ("low", "medium", "high", "critical")
HORIZON = timedelta(days=60)  # further ahead nobody plans: no window within it is said to be none
_RULE = re.compile(
    r"(?:(?P<target>[\w-]+):\s+)?(?P<days>[a-z,-]+)\s+"
    r"(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)(?:\s+(?P<risks>[a-z ]+))?"
)


class BadRule(ValueError):
    """A line is no rule; the words say what is wrong and how one looks."""


@dataclass(frozen=True)
class Rule:
    """Hold when a window is open on which days, for which target and risks; empty: for all."""

    days: tuple[int, ...]  # Monday is 0
    start: time
    end: time  # not after the start: of the next day; midnight is its end
    target: str = ""
    risks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Open:
    """Hold one stretch of time in which a change may be made."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Standing:
    """Say whether a window is open, and when that changes; none: not within the horizon."""

    is_open: bool
    until: datetime | None = None
    opens: datetime | None = None


@dataclass(frozen=True)
class Calendar:
    """Hold the rules, the team's zone, the risks that wait, and the days on which none opens."""

    zone: ZoneInfo
    rules: Sequence[Rule]
    waiting: Sequence[str]
    holidays: Mapping[date, str] = field(default_factory=dict)

    def applying(self, target: str, risk: str) -> tuple[Rule, ...] | None:
        """Return the rules for such a change; None where it waits for no window.

        What is said for a target by name stands in the place of what is said for all.
        """
        own = [rule for rule in self.rules if rule.target == target]
        found = own or [rule for rule in self.rules if not rule.target]
        if not found or risk not in self.waiting:
            return None
        return tuple(rule for rule in found if not rule.risks or risk in rule.risks)

    def standing(self, target: str, risk: str, at: datetime) -> Standing:
        """Say whether such a change may be made at a moment."""
        rules = self.applying(target, risk)
        if rules is None:
            return Standing(is_open=True)
        for stretch in self.stretches(rules, at, at + HORIZON):
            if stretch.start <= at:
                return Standing(is_open=True, until=stretch.end)
            return Standing(is_open=False, opens=stretch.start)
        return Standing(is_open=False)

    def stretches(self, rules: Iterable[Rule], start: datetime, end: datetime) -> Iterator[Open]:
        """Return when windows are open between two moments, in order and without overlap."""
        first = start.astimezone(self.zone).date() - timedelta(days=1)
        last = end.astimezone(self.zone).date()
        found = sorted(
            (self._open(rule, day) for rule in rules for day in self._days(rule, first, last)),
            key=lambda one: one.start,
        )
        yield from (one for one in _joined(found) if one.end > start and one.start < end)

    def _days(self, rule: Rule, first: date, last: date) -> Iterator[date]:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if day.weekday() in rule.days and day not in self.holidays:
                yield day

    def _open(self, rule: Rule, day: date) -> Open:
        over = day if rule.end > rule.start else day + timedelta(days=1)
        return Open(self._first(day, rule.start), self._last(over, rule.end))

    def _first(self, day: date, at: time) -> datetime:
        """Return the first moment at which the clock shows a time, or has leapt over it."""
        return self._readings(day, at)[0]

    def _last(self, day: date, at: time) -> datetime:
        """Return the last moment at which the clock shows a time, or has leapt over it."""
        return self._readings(day, at)[1]

    def _readings(self, day: date, at: time) -> tuple[datetime, datetime]:
        """Return the moments that a reading of the clock can mean; mostly they are one."""
        first, second = (
            datetime.combine(day, at, self.zone).replace(fold=fold).astimezone(UTC)
            for fold in (0, 1)
        )
        if second < first:  # the clock never shows it: both readings lie beside a leap
            leap = self._leap(second, first)
            return leap, leap
        return first, second

    def _leap(self, before: datetime, after: datetime) -> datetime:
        """Find the moment between two at which the clock is set, to the second."""
        offset = before.astimezone(self.zone).utcoffset()
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) / 2
            if middle.astimezone(self.zone).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after.replace(microsecond=0)


def read(line: str) -> Rule:
    """Return the rule that a line says; raise BadRule."""
    found = _RULE.fullmatch(" ".join(line.lower().split()))
    if found is None:
        raise BadRule(
            f"{line!r} is no window; one looks like `mon-thu 09:00-16:00` or"
            " `gateway: sat 22:00-04:00 high critical`"
        )
    risks = tuple((found["risks"] or "").split())
    for risk in risks:
        if risk not in RISKS:
            raise BadRule(f"{line!r}: there is no risk {risk!r}; known are {', '.join(RISKS)}")
    return Rule(
        days=_days_of(line, found["days"]),
        start=_time(line, found["start"]),
        end=_time(line, found["end"]),
        target=_target(line, found["target"] or ""),
        risks=risks,
    )


def _target(line: str, lowered: str) -> str:
    """Return the name of a target as it was written."""
    return line.strip()[: len(lowered)]


def _days_of(line: str, text: str) -> tuple[int, ...]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            raise BadRule(f"{line!r}: {part!r} is no day; days are {', '.join(DAYS)}")
        start, end = DAYS.index(first), DAYS.index(last)
        days |= {(start + number) % 7 for number in range((end - start) % 7 + 1)}
    return tuple(sorted(days))


def _time(line: str, text: str) -> time:
    if text == "24:00":
        return time(0)
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise BadRule(f"{line!r}: {text} is no time of a day") from None


def _joined(found: Iterable[Open]) -> Iterator[Open]:
    held: Open | None = None
    for one in found:
        if one.end <= one.start:  # a change of summer time leapt over all of it
            continue
        if held and one.start <= held.end:
            held = Open(held.start, max(held.end, one.end))
            continue
        if held:
            yield held
        held = one
    if held:
        yield held
