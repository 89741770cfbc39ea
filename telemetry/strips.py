"""How does evidence look, slice by slice, between what clears a change and what takes it back?"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from telemetry import axes

LOW = 1 / 10  # the strip's foot: whatever speaks more clearly against a rise looks the same
HATCH = '<pattern id="ch-hatch" width="4" height="4" patternUnits="userSpaceOnUse">'
HATCHED = f'<defs>{HATCH}<path class="ch-hatch" d="M0 4L4 0"/></pattern></defs>'


@dataclass(frozen=True)
class Slice:
    """Hold the odds of a rise at the end of a slice, and whether the slice counted in full."""

    minute: int
    odds: float
    capped: bool


def strip(
    slices: Sequence[Slice],
    *,
    needed: float,
    title: str,
    description: str,
    height: int = 110,
) -> SafeString:
    """Draw a bar for each slice on a logarithmic scale, from 1:10 up to the odds that revert."""
    if not slices:
        return axes.picture(title, description, height, axes.nothing(height, "No slice yet"))
    scale = _Scale(needed, axes.LEGEND, height - axes.LEGEND - axes.FOOT)
    parts = [HATCHED, axes.legend([("calls", "evidence after each slice")])]
    parts += scale.lines()
    parts += _bars(slices, scale)
    parts += scale.words()
    foot = height - 5
    parts.append(f'<text x="0" y="{foot}">0</text>')
    last = '<text x="100%" y="{}" text-anchor="end">{} min</text>'
    parts.append(format_html(last, foot, slices[-1].minute))
    return axes.picture(title, description, height, parts)


@dataclass(frozen=True)
class _Scale:
    """Turn odds into heights."""

    needed: float
    top: int
    tall: int

    def y(self, odds: float) -> float:
        """Return where odds stand, kept inside of the strip."""
        low, high = math.log(LOW), math.log(self.needed)
        share = (math.log(min(max(odds, LOW), self.needed)) - low) / (high - low)
        return round(self.top + self.tall * (1 - share), 1)

    def lines(self) -> Iterator[str]:
        """Draw what reverts, even odds, and the foot."""
        kinds = ((self.needed, "ch-revert"), (1.0, "ch-axis"), (LOW, "ch-clear"))
        for odds, kind in kinds:
            y = self.y(odds)
            yield f'<line class="{kind}" x1="0" x2="100%" y1="{y}" y2="{y}"/>'

    def words(self) -> Iterator[str]:
        """Write the odds of each line over the bars."""
        for odds in (self.needed, 1.0, LOW):
            y = self.y(odds)
            word = f"{odds:g}:1" if odds >= 1 else f"1:{1 / odds:g}"
            place = y + 11 if odds == self.needed else y - 3
            yield f'<text class="ch-word" x="2" y="{place}">{word}</text>'


def _bars(slices: Sequence[Slice], scale: _Scale) -> Iterator[str]:
    """Draw each slice from even odds to where it ended; what was capped is hatched."""
    even, slot = scale.y(1.0), 100 / len(slices)
    for place, one in enumerate(slices):
        y = scale.y(one.odds)
        top, high = min(y, even), max(abs(y - even), 1.0)
        frame = (
            f'x="{(place + 0.1) * slot:.3f}%" width="{slot * 0.8:.3f}%"'
            f' y="{top:.1f}" height="{high:.1f}"'
        )
        yield f'<rect class="ch-bar" {frame}/>'
        if one.capped:
            yield f'<rect fill="url(#ch-hatch)" {frame}/>'
