"""What surrounds a plot: its frame, its legend, where ticks stand and how they are worded."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# A plot is stretched to the page's width, the words over it are not: lines are drawn in an inner
# picture that may be distorted, words sit outside of it at percentages.
LEGEND, FOOT = 20, 20  # pixels over and under a plot
MINUTE, HOUR, DAY = 60, 3600, 86400
STEPS = (1, 5, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR)
LONG_STEPS = (4 * HOUR, 8 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY)
MOST_TICKS = 5
GLYPH = 6.1  # a legend letter's width in pixels, about


def picture(title: str, description: str, height: int, parts: Iterable[str]) -> SafeString:
    """Frame the parts with a name and a description for those who cannot see them."""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" class="ch" width="100%" height="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        height,
        title,
        description,
        SafeString("".join(parts)),
    )


def stretched(shapes: Iterable[str], *, top: int, wide: int, tall: int) -> SafeString:
    """Draw shapes in an inner picture that takes whatever width there is."""
    return format_html(
        '<svg x="0" y="{}" width="100%" height="{}" viewBox="0 0 {} {}"'
        ' preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        top,
        tall,
        wide,
        tall,
        SafeString("".join(shapes)),
    )


def nothing(height: int, words: str) -> list[str]:
    """Say in the middle of the plot that there is nothing to draw."""
    shape = '<text class="ch-empty" x="50%" y="{}" text-anchor="middle">{}</text>'
    return [
        f'<line class="ch-grid" x1="0" x2="100%" y1="{height - 1}" y2="{height - 1}"/>',
        format_html(shape, height // 2, words),
    ]


def legend(entries: Sequence[tuple[str, str]]) -> SafeString:
    """Explain each kind of shape, side by side over the plot."""
    starts = [0.0]
    for _, words in entries:
        starts.append(starts[-1] + 30 + GLYPH * len(words))
    return format_html_join(
        "",
        '<rect class="ch-key ch-key--{}" x="{}" y="{}" width="12" height="{}" rx="1"/>'
        '<text x="{}" y="12">{}</text>',
        (
            (
                kind,
                round(x),
                *((3, 10) if kind in ("band", "calls", "range") else (7, 2)),
                round(x) + 17,
                words,
            )
            for (kind, words), x in zip(entries, starts, strict=False)
        ),
    )


def ticks(start: datetime, end: datetime) -> Iterator[datetime]:
    """List at most five round moments between two."""
    span = (end - start).total_seconds()
    fitting = (step for step in STEPS + LONG_STEPS if span / step <= MOST_TICKS)
    step = next(fitting, LONG_STEPS[-1] * math.ceil(span / LONG_STEPS[-1] / MOST_TICKS))
    first = math.ceil(start.timestamp() / step) * step
    at = datetime.fromtimestamp(first, UTC)
    while at <= end:
        yield at
        at += timedelta(seconds=step)


def moment(at: datetime, span: timedelta) -> str:
    """Word a moment as finely as the span asks for."""
    at = at.astimezone(UTC)
    if span >= timedelta(days=3):
        return f"{at.day} {at:%b}"
    if span >= timedelta(days=1):
        return f"{at.day} {at:%b %H:%M}"
    return f"{at:%H:%M}" if span >= timedelta(minutes=10) else f"{at:%H:%M:%S}"


def anchor(share: float) -> str:
    """Keep a word inside the picture at both ends."""
    if share < 0.06:
        return "start"
    return "end" if share > 0.94 else "middle"


def percent(rate: float) -> str:
    """Word a rate with as many digits as it deserves."""
    return f"{rate * 100:.0f} %" if rate == 0 or rate >= 0.1 else f"{rate * 100:.2g} %"


def round_up(value: float) -> int:
    """Return the next 1, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    size = 10 ** math.floor(math.log10(max(1.0, value)))
    return next(int(n * size) for n in (1, 2, 3, 4, 5, 6, 8, 10) if n * size >= value)
