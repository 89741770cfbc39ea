"""Where does each count, mark and label of a chart over time stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from django.utils.html import format_html

from telemetry import axes

MOST_BUCKETS = 72
TOPS = (0.01, 0.02, 0.04, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
ROW = 15  # pixels of one row of mark labels
CLOSE = 0.22  # marks nearer than this share of the width get rows of their own


class Counted(Protocol):
    """Count calls and failures from one moment on."""

    @property
    def at(self) -> datetime:
        """Return the start."""

    @property
    def calls(self) -> int:
        """Return how many calls there were."""

    @property
    def failures(self) -> int:
        """Return how many of them failed."""


@dataclass(frozen=True)
class Mark:
    """Draw an upright line at a moment; the tone is "", "revert" or "quiet"."""

    at: datetime
    label: str
    tone: str = ""


@dataclass(frozen=True)
class Band:
    """Shade the rates that were usual."""

    low: float
    high: float
    label: str = "usual before"


@dataclass(frozen=True)
class Bucket:
    """Add up the counts of one stretch of time."""

    at: datetime
    end: datetime
    calls: int
    failures: int

    @property
    def rate(self) -> float:
        """Return the share that failed; ask only where there were calls."""
        return self.failures / self.calls


def buckets(points: Sequence[Counted], *, most: int = MOST_BUCKETS) -> tuple[Bucket, ...]:
    """Join neighbouring points until at most so many buckets are left."""
    ordered = sorted(points, key=lambda point: point.at)
    if not ordered:
        return ()
    first, size = ordered[0].at, _bucket_size(ordered, most)
    sums: dict[int, tuple[int, int]] = {}
    for point in ordered:
        slot = (point.at - first) // size
        calls, failures = sums.get(slot, (0, 0))
        sums[slot] = (calls + point.calls, failures + point.failures)
    return tuple(
        Bucket(first + slot * size, first + (slot + 1) * size, calls, failures)
        for slot, (calls, failures) in sums.items()
    )


def _bucket_size(ordered: Sequence[Counted], most: int) -> timedelta:
    gaps = [b.at - a.at for a, b in pairwise(ordered) if b.at > a.at]
    finest = min(gaps, default=timedelta(minutes=1))
    span = ordered[-1].at - ordered[0].at + finest
    return finest * max(1, -(-span // (finest * most)))


def top_rate(found: Sequence[Bucket], bands: Sequence[Band]) -> float:
    """Choose the round rate at which the axis ends."""
    highest = max([*(bucket.rate for bucket in found), *(band.high for band in bands)])
    return next((top for top in TOPS if highest <= top * 0.96), 1.0)


def label_rows(marks: Sequence[Mark], start: datetime, end: datetime) -> list[int]:
    """Give each mark's label a row, so that neighbours do not cover each other."""
    rows: list[int] = []
    for place, mark in enumerate(marks):
        near = {
            rows[other]
            for other in range(place)
            if abs(mark.at - marks[other].at) < (end - start) * CLOSE
        }
        rows.append(next(row for row in range(place + 1) if row not in near))
    return rows


@dataclass(frozen=True)
class Plot:
    """Turn moments and rates into places and shapes."""

    start: datetime
    end: datetime
    head: int
    tall: int
    wide: int
    top: float

    def share(self, at: datetime) -> float:
        """Return how far along the axis a moment lies, from 0 to 1."""
        return (at - self.start) / (self.end - self.start)

    def x(self, at: datetime) -> float:
        """Return a moment's place."""
        return round(self.share(at) * self.wide, 1)

    def y(self, rate: float) -> float:
        """Return a rate's place."""
        return round(self.tall * (1 - min(rate, self.top) / self.top), 1)

    def bands(self, bands: Sequence[Band]) -> list[str]:
        """Shade the usual rates, at least two pixels high."""
        return [
            f'<rect class="ch-band" x="0" width="{self.wide}" y="{self.y(band.high)}"'
            f' height="{max(2.0, round(self.y(band.low) - self.y(band.high), 1))}"/>'
            for band in bands
        ]

    def bars(self, found: Sequence[Bucket]) -> Iterator[str]:
        """Draw the calls, the tallest at two fifths of the height."""
        most = max(bucket.calls for bucket in found)
        for bucket in found:
            high = round(bucket.calls / most * self.tall * 0.4, 1)
            yield (
                f'<rect class="ch-calls" x="{self.x(bucket.at)}" y="{self.tall - high:.1f}"'
                f' width="{max(1.0, self._width(bucket) - 1)}" height="{high}"/>'
            )

    def lines(self, found: Sequence[Bucket]) -> Iterator[str]:
        """Draw the rate; a stretch without calls is a gap, a lonely bucket a dot."""
        for run in _runs(found):
            places = [f"{self.x(b.at + (b.end - b.at) / 2)} {self.y(b.rate)}" for b in run]
            if len(run) == 1:
                yield f'<path class="ch-line ch-line--dot" d="M{places[0]}h0.01"/>'
            else:
                yield f'<path class="ch-line" d="M{"L".join(places)}"/>'

    def marks(self, marks: Sequence[Mark]) -> list[str]:
        """Draw the upright lines."""
        return [
            f'<path class="{_toned("ch-mark", mark)}" d="M{self.x(mark.at)} 0V{self.tall}"/>'
            for mark in marks
        ]

    def mark_labels(self, marks: Sequence[Mark], rows: Sequence[int]) -> Iterator[str]:
        """Write each mark's label over its line, towards the middle."""
        for mark, row in zip(marks, rows, strict=True):
            share = self.share(mark.at)
            yield format_html(
                '<text class="{}" x="{}%" y="{}" text-anchor="{}">{}</text>',
                _toned("ch-mark-label", mark),
                f"{share * 100:.2f}",
                self.head - 5 - ROW * row,
                "start" if share < 0.5 else "end",
                mark.label,
            )

    def tips(self, found: Sequence[Bucket]) -> Iterator[str]:
        """Lay an invisible strip over each bucket that tells its numbers."""
        for bucket in found:
            yield (
                f'<rect class="ch-tip" x="{self.x(bucket.at)}" y="0" height="{self.tall}"'
                f' width="{max(1.0, self._width(bucket))}"><title>'
                f"{axes.moment(bucket.at, self.end - self.start)} UTC: {bucket.failures} of"
                f" {bucket.calls} calls failed ({axes.percent(bucket.rate)})</title></rect>"
            )

    def grid(self) -> list[str]:
        """Draw a line at the bottom, half way and at the top."""
        places = [self.head + round(self.tall * share) for share in (0.0, 0.5, 1.0)]
        return [f'<line class="ch-grid" x1="0" x2="100%" y1="{y}" y2="{y}"/>' for y in places]

    def words(self) -> Iterator[str]:
        """Write the rates at the left, over their lines, and the times under the plot."""
        for share in (0.5, 1.0):
            y = self.head + round(self.tall * (1 - share)) + 12
            yield f'<text class="ch-word" x="2" y="{y}">{axes.percent(self.top * share)}</text>'
        under = self.head + self.tall + 15
        for at in axes.ticks(self.start, self.end):
            share, words = self.share(at), axes.moment(at, self.end - self.start)
            yield (
                f'<text x="{share * 100:.2f}%" y="{under}"'
                f' text-anchor="{axes.anchor(share)}">{words}</text>'
            )
        yield '<text x="100%" y="12" text-anchor="end">UTC</text>'

    def _width(self, bucket: Bucket) -> float:
        return round(self.x(bucket.end) - self.x(bucket.at), 1)


def _runs(found: Sequence[Bucket]) -> Iterator[list[Bucket]]:
    """Part the buckets where more than two in a row are missing."""
    run: list[Bucket] = []
    for bucket in found:
        if run and bucket.at - run[-1].end > 2 * (bucket.end - bucket.at):
            yield run
            run = []
        run.append(bucket)
    yield run


def _toned(name: str, mark: Mark) -> str:
    return f"{name} {name}--{mark.tone}" if mark.tone else name
