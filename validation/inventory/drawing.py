"""How does a value over time look, between the bounds that it may not leave?"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from telemetry import axes
from validation.inventory.history import Moved
from validation.parameters import Parameter

WIDE, HEIGHT = 720, 150
MOST_STEPS = 400


def steps(
    moves: Sequence[Moved], parameter: Parameter, *, now: datetime, title: str
) -> SafeString:
    """Draw the values from the oldest move that is known to now, as a line of steps."""
    points = [
        (move.at, float(move.new))
        for move in reversed(moves)
        if isinstance(move.new, int | float) and not isinstance(move.new, bool)
    ][-MOST_STEPS:]
    description = f"The value over time, between {parameter.min} and {parameter.max}."
    if not points:
        return axes.picture(title, description, HEIGHT, axes.nothing(HEIGHT, "Never moved"))
    plot = _Plot(points, parameter, now)
    inner = axes.stretched(plot.shapes(), top=axes.LEGEND, wide=WIDE, tall=plot.tall)
    return axes.picture(title, description, HEIGHT, [*plot.grid(), inner, *plot.words()])


class _Plot:
    """Turns moments and values into places."""

    def __init__(
        self, points: Sequence[tuple[datetime, float]], parameter: Parameter, now: datetime
    ) -> None:
        self.points, self.parameter = points, parameter
        self.start, self.end = points[0][0], max(now, points[-1][0])
        values = [value for _, value in points]
        self.low = min(*values, float(parameter.min))
        self.high = max(*values, float(parameter.max))
        self.tall = HEIGHT - axes.LEGEND - axes.FOOT

    def shapes(self) -> list[str]:
        """Draw both bounds and the line between."""
        corners, before = [], self.points[0][1]
        for at, value in [*self.points, (self.end, self.points[-1][1])]:
            corners += [f"{self._x(at):.1f} {self._y(before):.1f}"]
            corners += [f"{self._x(at):.1f} {self._y(value):.1f}"]
            before = value
        bounds = (float(self.parameter.min), float(self.parameter.max))
        lines = [f"M0 {self._y(edge):.1f}L{WIDE} {self._y(edge):.1f}" for edge in bounds]
        return [
            *(f'<path class="ch-limit" d="{line}"/>' for line in lines),
            f'<path class="ch-steps" d="M{"L".join(corners)}"/>',
        ]

    def grid(self) -> list[str]:
        """Draw the foot."""
        y = axes.LEGEND + self.tall
        return [f'<line class="ch-axis" x1="0" x2="100%" y1="{y}" y2="{y}"/>']

    def words(self) -> list[str]:
        """Say what the lines are, and from when to when they run."""
        unit = f" {self.parameter.unit}" if self.parameter.unit else ""
        bounds = f"allowed: {self.parameter.min} to {self.parameter.max}{unit}"
        foot = '<text x="{}" y="{}" text-anchor="{}">{}</text>'
        places = (("0", self.start, "start"), ("100%", self.end, "end"))
        return [
            axes.legend([("steps", "value"), ("limit", bounds)]),
            *(
                format_html(foot, x, HEIGHT - 5, anchor, f"{at:%Y-%m-%d}")
                for x, at, anchor in places
            ),
        ]

    def _x(self, at: datetime) -> float:
        whole = (self.end - self.start).total_seconds()
        return WIDE * (at - self.start).total_seconds() / whole if whole else 0.0

    def _y(self, value: float) -> float:
        spread = self.high - self.low
        return self.tall * (1 - (value - self.low) / spread) if spread else self.tall / 2
