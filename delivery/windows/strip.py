"""How do the next two weeks of windows look as a strip?"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString

from delivery.windows.rules import Calendar, Open
from telemetry import axes

DAYS = 14
TALL, HEIGHT = 26, 64


def strip(days: Calendar, target: str, risk: str, at: datetime) -> SafeString:
    """Draw when a change of this risk may be merged, from today's midnight on the team's clock."""
    first = at.astimezone(days.zone).date()
    midnights = [_midnight(days, first + timedelta(days=n)) for n in range(DAYS + 1)]
    start, end = midnights[0], midnights[-1]
    rules = days.applying(target, risk)
    open_ = [Open(start, end)] if rules is None else list(days.stretches(rules, start, end))
    parts = [
        *_columns(days, first, midnights),
        *(_stretch(one, start, end, days) for one in open_),
        _line("ch-mark ch-mark--quiet", _share(at, start, end)),
    ]
    many = f"{len(open_)} window{'s' if len(open_) != 1 else ''}"
    told = f"{many} in {DAYS} days, read in {days.zone}; the dashed line is now."
    return axes.picture(f"Windows for {risk} risk", told, HEIGHT, parts)


def _columns(days: Calendar, first: date, midnights: list[datetime]) -> Iterator[SafeString]:
    start, end = midnights[0], midnights[-1]
    for number in range(DAYS):
        day = first + timedelta(days=number)
        left = _share(midnights[number], start, end)
        wide = _share(midnights[number + 1], start, end) - left
        if name := days.holidays.get(day):
            yield _bar("ch-band", left, wide, name)
        yield _line("ch-grid", left)
        middle = f"{left + wide / 2:.3f}%"
        for words, y in ((f"{day:%a}", TALL + 15), (str(day.day), TALL + 30)):
            text = '<text x="{}" y="{}" text-anchor="middle">{}</text>'
            yield format_html(text, middle, y, words)


def _stretch(one: Open, start: datetime, end: datetime, days: Calendar) -> SafeString:
    left = _share(max(one.start, start), start, end)
    wide = _share(min(one.end, end), start, end) - left
    hours = [f"{moment.astimezone(days.zone):%a %d %b, %H:%M}" for moment in (one.start, one.end)]
    return _bar("ch-bar", left, wide, " – ".join(hours))


def _bar(kind: str, left: float, wide: float, words: str) -> SafeString:
    return format_html(
        '<rect class="{}" x="{}%" y="3" width="{}%" height="{}"><title>{}</title></rect>',
        *(kind, f"{left:.3f}", f"{wide:.3f}", TALL - 6, words),
    )


def _line(kind: str, left: float) -> SafeString:
    shape = '<line class="{}" x1="{}%" x2="{}%" y1="0" y2="{}"/>'
    return format_html(shape, kind, f"{left:.3f}", f"{left:.3f}", TALL)


def _midnight(days: Calendar, day: date) -> datetime:
    return datetime.combine(day, time(0), days.zone).astimezone(UTC)


def _share(moment: datetime, start: datetime, end: datetime) -> float:
    return 100 * ((moment - start) / (end - start))
