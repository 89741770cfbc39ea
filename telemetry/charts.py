"""How do counts over time, and a watch, look as pictures that need no script."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from telemetry import axes
from telemetry.timeplot import (
    ROW,
    Band,
    Bucket,
    Counted,
    Mark,
    Plot,
    buckets,
    label_rows,
    top_rate,
)

__all__ = [
    "Band",
    "Bucket",
    "Counted",
    "Limit",
    "Mark",
    "bars",
    "buckets",
    "sparkline",
    "staircase",
    "time_series",
]
MOST_STEPS = 600


@dataclass(frozen=True)
class Limit:
    """Hold the lines of a watch at one number of calls."""

    calls: int
    low: float  # 95 % of what the old rate would give
    high: float
    raised: float  # the old rate and 25 % more
    reverts: int | None  # the first count that reverts
    clears: int | None  # the highest that clears


def time_series(
    points: Sequence[Counted],
    *,
    title: str,
    description: str,
    marks: Sequence[Mark] = (),
    bands: Sequence[Band] = (),
    width: int = 720,
    height: int = 200,
) -> SafeString:
    """Draw the failure rate over time, with the calls as faint bars behind it."""
    found = [bucket for bucket in buckets(points) if bucket.calls]
    if not found:
        words = axes.nothing(height, "No calls in this window")
        return axes.picture(title, description, height, words)
    moments = [found[0].at, found[-1].end, *(mark.at for mark in marks)]
    start, end = min(moments), max(moments)
    rows = label_rows(marks, start, end)
    head = axes.LEGEND + ROW * (max(rows) + 1 if rows else 0)
    plot = Plot(
        start, end, head, max(40, height - head - axes.FOOT), width, top_rate(found, bands)
    )
    keys = [("line", "failure rate"), ("calls", "calls"), *(("band", b.label) for b in bands)]
    shapes = [*plot.bands(bands), *plot.bars(found), *plot.marks(marks), *plot.lines(found)]
    inner = axes.stretched([*shapes, *plot.tips(found)], top=head, wide=width, tall=plot.tall)
    words = [axes.legend(keys), *plot.words(), *plot.mark_labels(marks, rows)]
    return axes.picture(title, description, height, [*plot.grid(), inner, *words])


def bars(
    values: Sequence[tuple[str, int]], *, title: str, description: str, height: int = 150
) -> SafeString:
    """Draw one bar per label, its number on top."""
    if not any(value for _, value in values):
        return axes.picture(title, description, height, axes.nothing(height, "Nothing yet"))
    most = max(value for _, value in values)
    tall, slot = height - axes.LEGEND - axes.FOOT, 100 / len(values)
    parts = [f'<line class="ch-axis" x1="0" x2="100%" y1="{height - 20}" y2="{height - 20}"/>']
    for place, (label, value) in enumerate(values):
        middle, high = f"{(place + 0.5) * slot:.2f}%", round(value / most * tall, 1)
        parts.append(
            f'<rect class="ch-bar" x="{(place + 0.18) * slot:.2f}%" width="{slot * 0.64:.2f}%"'
            f' y="{height - axes.FOOT - high}" height="{high}" rx="2"/>'
        )
        parts.append(
            format_html(
                '<text class="{}" x="{}" y="{}" text-anchor="middle">{}</text>'
                '<text x="{}" y="{}" text-anchor="middle">{}</text>',
                "ch-number" if value else "ch-number ch-number--none",
                *(middle, height - axes.FOOT - high - 5, value),
                *(middle, height - 5, label),
            )
        )
    return axes.picture(title, description, height, parts)


def staircase(
    steps: Sequence[tuple[int, int]],
    *,
    limits: Sequence[Limit],
    title: str,
    description: str,
    counted: str = "failing calls",
    along: str = "calls since deployment",
    width: int = 720,
    height: int = 260,
) -> SafeString:
    """Draw failing calls over calls since the deployment, between the lines that decide.

    Steps are (calls, failures), both counted from the deployment on; other words name others.
    """
    walked = [(0, 0), *_thinned(sorted(steps))]
    right = max([walked[-1][0], *(limit.calls for limit in limits)])
    if not right:
        return axes.picture(title, description, height, axes.nothing(height, "No calls yet"))
    highest = (max(limit.high, limit.raised, limit.reverts or 0) for limit in limits)
    top = axes.round_up(max([1.0, walked[-1][1], *highest]) * 1.1)
    floor = Floor(right, top, width, height - axes.LEGEND - axes.FOOT, along)
    keys = [("steps", counted), ("range", "old rate, 95 %"), ("limit", "+25 %")]
    shapes = [*floor.limits(limits), floor.path("ch-steps", _corners(walked))]
    inner = axes.stretched(shapes, top=axes.LEGEND, wide=width, tall=floor.tall)
    words = [axes.legend(keys), *floor.words(limits)]
    return axes.picture(title, description, height, [*floor.grid(), inner, *words])


@dataclass(frozen=True)
class Floor:
    """Turn calls and failing calls into places."""

    right: int
    top: int
    wide: int
    tall: int
    along: str

    def place(self, calls: float, failures: float) -> str:
        """Return the point of two counts."""
        y = self.tall * (1 - min(failures, self.top) / self.top)
        return f"{calls / self.right * self.wide:.1f} {y:.1f}"

    def path(self, name: str, points: Iterable[tuple[float, float]], end: str = "") -> str:
        """Draw a line through the points; nothing without any."""
        line = "L".join(self.place(calls, failures) for calls, failures in points)
        return f'<path class="{name}" d="M{line}{end}"/>' if line else ""

    def limits(self, limits: Sequence[Limit]) -> list[str]:
        """Draw the grey band, the dashed rise and the two lines that decide."""
        upper = [(limit.calls, limit.high) for limit in limits]
        lower = [(limit.calls, limit.low) for limit in reversed(limits)]
        return [
            self.path("ch-band", upper + lower, "Z"),
            self.path("ch-limit", [(limit.calls, limit.raised) for limit in limits]),
            self.path(
                "ch-revert", [(v.calls, v.reverts) for v in limits if v.reverts is not None]
            ),
            self.path("ch-clear", [(v.calls, v.clears) for v in limits if v.clears is not None]),
        ]

    def grid(self) -> list[str]:
        """Draw a line at the bottom, half way and at the top."""
        places = [axes.LEGEND + round(self.tall * share) for share in (0.0, 0.5, 1.0)]
        return [f'<line class="ch-grid" x1="0" x2="100%" y1="{y}" y2="{y}"/>' for y in places]

    def words(self, limits: Sequence[Limit]) -> Iterator[str]:
        """Write counts at both axes and name the lines that decide where they end."""
        for share in (0.5, 1.0) if self.top > 1 else (1.0,):
            y = axes.LEGEND + round(self.tall * (1 - share)) + 12
            yield f'<text class="ch-word" x="2" y="{y}">{self.top * share:g}</text>'
        under = axes.LEGEND + self.tall + 15
        yield f'<text x="0" y="{under}">0</text>'
        yield f'<text x="50%" y="{under}" text-anchor="middle">{self.along}</text>'
        yield f'<text x="100%" y="{under}" text-anchor="end">{self.right}</text>'
        for name, words, limit, count in _ends(limits):
            high = axes.LEGEND + self.tall * (1 - min(count, self.top) / self.top)
            away = 14 if name == "clear" or high < axes.LEGEND + 14 else -6
            yield (
                f'<text class="ch-end ch-end--{name}" x="{limit.calls / self.right * 100:.1f}%"'
                f' y="{high + away:.0f}" text-anchor="end">{words} {count}</text>'
            )


def _ends(limits: Sequence[Limit]) -> Iterator[tuple[str, str, Limit, int]]:
    """Find where the deciding lines end."""
    for limit in reversed(limits):
        if limit.reverts is not None:
            yield "revert", "reverts at", limit, limit.reverts
            break
    for limit in reversed(limits):
        if limit.clears is not None:
            yield "clear", "clears at", limit, limit.clears
            break


def _thinned(steps: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Leave out steps that no eye could part, never the last."""
    every = -(-len(steps) // MOST_STEPS) or 1
    return [*steps[:-1:every], *steps[-1:]]


def _corners(steps: Sequence[tuple[int, int]]) -> Iterator[tuple[float, float]]:
    """Walk along first, then up."""
    before = steps[0][1]
    for calls, failures in steps:
        yield calls, before
        yield calls, failures
        before = failures


def sparkline(values: Sequence[float], title: str) -> SafeString:
    """Draw a line as high as a word; it stands beside the number that it explains."""
    top = max([*values, 0]) or 1
    step = 100 / max(1, len(values) - 1)
    places = [f"{i * step:.1f} {22 - value / top * 20:.1f}" for i, value in enumerate(values)]
    line = "L".join(places) if len(places) > 1 else "0 22L100 22"
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" class="ch ch-spark" width="100%"'
        ' height="24" viewBox="0 0 100 24" preserveAspectRatio="none"><title>{}</title>'
        '<path class="ch-area" d="M{}L100 24L0 24Z"/><path class="ch-line" d="M{}"/></svg>',
        title,
        line,
        line,
    )
