"""How do lines of descent and scores over time look as pictures that need no script?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from generations.pages.lineage import Layout, Place
from telemetry import axes
from telemetry.charts import Mark
from telemetry.timeplot import ROW, label_rows

HIGH, WIDE, LEFT = 34, 18, 14  # of a row, of a lane, before the first
WIDTH, HEIGHT = 720, 190
GUTTER = 0.12  # of the width, for the values at the left


@dataclass(frozen=True)
class Node:
    """Hold what the picture says of a generation."""

    number: int
    url: str
    title: str
    state: str  # accepted, force, reverted, rejected, open, failed, other
    words: str  # its outcome
    gain: str = ""


def descent(layout: Layout, nodes: dict[int, Node], bottom: str, name: str) -> SafeString:
    """Draw generations as rows that are links, the newest first, with the lines between them."""
    rows = [nodes[place.number] for place in layout.places]
    # What is in force is drawn last, so that its line is seen as a whole.
    edges = sorted(_edges(layout, rows), key=lambda edge: edge[0] == "force")
    lines = format_html_join("", '<path class="ln-edge ln-edge--{}" d="{}"/>', edges)
    dots = format_html_join(
        "",
        "{}",
        ((_row(p, node, layout.lanes),) for p, node in zip(layout.places, rows, strict=True)),
    )
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="ln" width="100%" height="{}" role="group"'
        ' aria-label="{}">{}{}{}</svg>',
        layout.rows * HIGH,
        name,
        lines,
        dots,
        _start(layout, bottom),
    )


def _edges(layout: Layout, nodes: Sequence[Node]) -> Iterator[tuple[str, str]]:
    for place, node in zip(layout.places, nodes, strict=True):
        x, y = _x(place.lane), _y(place.row)
        from_x, from_y = _x(place.parent_lane), _y(place.parent_row)
        bend = y + HIGH
        curve = f"C{from_x} {y + HIGH / 2:g} {x} {y + HIGH / 2:g} {x} {y:g}"
        yield node.state, f"M{from_x} {from_y:g}V{bend:g}{curve}"


def _row(place: Place, node: Node, lanes: int) -> SafeString:
    x, y, text = _x(place.lane), _y(place.row), _x(lanes) + 2
    told = f"{node.words}, {node.gain}" if node.gain else node.words
    return format_html(
        '<a class="ln-row" href="{}" data-row aria-label="Generation {}, {}: {}">'
        '<rect class="ln-hit" x="0" y="{}" width="100%" height="{}" rx="5"/>{}'
        '<text class="ln-number" x="{}" y="{}">#{}</text>'
        '<svg class="ln-title" x="{}" y="{}" height="{}"><text x="0" y="{}">{}</text></svg>'
        '<text class="ln-words" x="100%" dx="-10" y="{}" text-anchor="end">{}</text></a>',
        *(node.url, node.number, told, node.title, place.row * HIGH + 1, HIGH - 2),
        _shape(x, y, node.state),
        *(text, y + 4, node.number, text + 40, place.row * HIGH, HIGH, HIGH / 2 + 4, node.title),
        *(y + 4, told),
    )


def _shape(x: float, y: float, state: str) -> SafeString:
    """Draw an outcome by its form as well as by its colour."""
    if state == "reverted":
        points = f"{x},{y - 7} {x + 7},{y} {x},{y + 7} {x - 7},{y}"
        return format_html('<polygon class="ln-dot ln-dot--reverted" points="{}"/>', points)
    if state == "failed":
        cross = f"M{x - 5} {y - 5}L{x + 5} {y + 5}M{x - 5} {y + 5}L{x + 5} {y - 5}"
        return format_html('<path class="ln-dot ln-dot--failed" d="{}"/>', cross)
    size = {"force": 7, "other": 3}.get(state, 5.5)
    ring = SafeString("")
    if state == "force":
        ring = format_html('<circle class="ln-ring" cx="{}" cy="{}" r="10"/>', x, y)
    return format_html(
        '{}<circle class="ln-dot ln-dot--{}" cx="{}" cy="{}" r="{}"/>', ring, state, x, y, size
    )


def _start(layout: Layout, words: str) -> SafeString:
    y = _y(layout.rows - 1)
    return format_html(
        '<rect class="ln-dot ln-dot--start" x="{}" y="{}" width="10" height="10" rx="2"/>'
        '<text class="ln-words" x="{}" y="{}">{}</text>',
        *(_x(0) - 5, y - 5, _x(layout.lanes) + 2, y + 4, words),
    )


def _x(lane: int) -> int:
    return LEFT + lane * WIDE


def _y(row: int) -> float:
    return row * HIGH + HIGH / 2


@dataclass(frozen=True)
class Dot:
    """Hold one value at a moment, with the range in which it may lie where that is known."""

    at: datetime
    value: float
    words: str
    tone: str = "line"  # line: of the branch itself; else accepted or rejected
    low: float | None = None
    high: float | None = None


def over_time(
    dots: Sequence[Dot],
    *,
    title: str,
    description: str,
    unit: str = "share",
    marks: Sequence[Mark] = (),
    keys: Sequence[tuple[str, str]] = (),
    span: tuple[datetime, datetime] | None = None,
    whole: bool = False,
) -> SafeString:
    """Draw values with their ranges over time; those of the branch are joined by a line.

    The axis spans what there is, or the whole of a share.
    """
    if not dots:
        return axes.picture(title, description, HEIGHT, axes.nothing(HEIGHT, "Nothing yet"))
    start, end = _from_to([*(dot.at for dot in dots), *(mark.at for mark in marks), *(span or ())])
    # These charts stand two in a row, and labels need the room of wider ones.
    rows = label_rows(marks, start, end + (end - start) * 1.5)
    head = axes.LEGEND + ROW * (max(rows) + 1 if rows else 0)
    field = Field(
        start,
        end,
        head,
        HEIGHT - head - axes.FOOT,
        *((0.0, 1.0) if whole else _range(dots, unit)),
        unit,
    )
    parts = [
        *field.grid(),
        axes.stretched(field.lines(dots, marks), top=head, wide=WIDTH, tall=field.tall),
        axes.legend(keys) if keys else "",
        *field.words(),
        *field.labels(marks, rows),
        *(field.dot(dot) for dot in dots),
    ]
    return axes.picture(title, description, HEIGHT, parts)


def _from_to(moments: Sequence[datetime]) -> tuple[datetime, datetime]:
    """Return the first and the last moment, with room around a lone one."""
    start, end = min(moments), max(moments)
    if start == end:
        return start - timedelta(hours=1), end + timedelta(hours=1)
    return start, end


def _range(dots: Sequence[Dot], unit: str) -> tuple[float, float]:
    """Choose the values at which the axis begins and ends."""
    values = [dot.value for dot in dots]
    values += [one for dot in dots for one in (dot.low, dot.high) if one is not None]
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    low, high = low - room, high + room
    return (max(0.0, low), min(1.0, high)) if unit == "share" else (low, high)


@dataclass(frozen=True)
class Field:
    """Turn moments and values into places and shapes."""

    start: datetime
    end: datetime
    head: int
    tall: int
    low: float
    high: float
    unit: str

    def share(self, at: datetime) -> float:
        """Return how far along a moment lies, right of where the values stand."""
        return GUTTER + (0.98 - GUTTER) * ((at - self.start) / (self.end - self.start))

    def y(self, value: float) -> float:
        """Return a value's place below the head."""
        inside = min(self.high, max(self.low, value))
        return round(self.tall * (1 - (inside - self.low) / ((self.high - self.low) or 1)), 1)

    def lines(self, dots: Sequence[Dot], marks: Sequence[Mark]) -> Iterator[str]:
        """Draw the marks, the ranges and the line of the branch."""
        for mark in marks:
            tone = f" ch-mark--{mark.tone}" if mark.tone else ""
            yield f'<path class="ch-mark{tone}" d="M{self._x(mark.at)} 0V{self.tall}"/>'
        for dot in dots:
            if dot.low is not None and dot.high is not None:
                place = f"M{self._x(dot.at)} {self.y(dot.low)}V{self.y(dot.high)}"
                yield f'<path class="ch-whisker ch-whisker--{dot.tone}" d="{place}"/>'
        line = [f"{self._x(dot.at)} {self.y(dot.value)}" for dot in dots if dot.tone == "line"]
        if len(line) > 1:
            yield f'<path class="ch-line" d="M{"L".join(line)}"/>'

    def dot(self, dot: Dot) -> SafeString:
        """Draw a value with the words that a pointer brings up."""
        return format_html(
            '<circle class="ch-point ch-point--{}" cx="{}%" cy="{}" r="{}"><title>{}</title>'
            "</circle>",
            *(dot.tone, f"{self.share(dot.at) * 100:.2f}", self.head + self.y(dot.value)),
            *(3 if dot.tone == "line" else 4.5, dot.words),
        )

    def grid(self) -> Iterator[str]:
        """Draw a line at the bottom, half way and at the top."""
        for share in (0.0, 0.5, 1.0):
            y = self.head + round(self.tall * share)
            yield f'<line class="ch-grid" x1="0" x2="100%" y1="{y}" y2="{y}"/>'

    def words(self) -> Iterator[str]:
        """Write the values at the left and the days under the plot."""
        for share in (0.0, 0.5, 1.0):
            value = self.low + (self.high - self.low) * share
            y = self.head + round(self.tall * (1 - share)) + (-4 if not share else 12)
            said = axes.percent(value) if self.unit == "share" else f"{value:.3g}"
            yield f'<text class="ch-word" x="2" y="{y}">{said}</text>'
        under = self.head + self.tall + 15
        for at in axes.ticks(self.start, self.end):
            share, words = self.share(at), axes.moment(at, self.end - self.start)
            anchor = axes.anchor(share)
            yield f'<text x="{share * 100:.2f}%" y="{under}" text-anchor="{anchor}">{words}</text>'

    def labels(self, marks: Sequence[Mark], rows: Sequence[int]) -> Iterator[str]:
        """Write each mark's label over its line, towards the middle."""
        for mark, row in zip(marks, rows, strict=True):
            share = self.share(mark.at)
            tone = f" ch-mark-label--{mark.tone}" if mark.tone else ""
            yield format_html(
                '<text class="ch-mark-label{}" x="{}%" y="{}" text-anchor="{}">{}</text>',
                *(tone, f"{share * 100:.2f}", self.head - 5 - ROW * row),
                *("start" if share < 0.5 else "end", mark.label),
            )

    def _x(self, at: datetime) -> float:
        return round(self.share(at) * WIDTH, 1)
