"""How does a figure read: ours, the peer's, how many times, and whether that was the goal?"""

import sys
from dataclasses import dataclass

AS_IS, SLOW = "as it is", "1 ms"  # what an fsync takes


@dataclass(frozen=True)
class Goal:
    """Name what is to be reached, and on which disk it is judged; on any when it is empty."""

    ratio: float
    disk: str = ""
    most: bool = False  # the ratio is to stay below, not above

    def __str__(self) -> str:
        """Show the goal."""
        sign = "≤" if self.most else "≥"
        where = f", fsync {self.disk}" if self.disk else ""
        return f"goal {sign} {self.ratio:g}{where}"

    def verdict(self, ratio: float, disk: str) -> str:
        """Say whether it is met; nothing where it is judged elsewhere."""
        if self.disk and self.disk != disk:
            return "not judged here"
        return "met" if (ratio <= self.ratio if self.most else ratio >= self.ratio) else "short"


def say(words: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def compare(
    what: str,
    ours: float,
    peer: tuple[str, float],
    *,
    disk: str,
    goal: Goal | None = None,
    unit: str = "/s",
) -> None:
    """Print our number, the peer's, their ratio, the goal and whether it is met."""
    name, theirs = peer
    ratio = ours / theirs if theirs else float("nan")
    end = f"{goal}: {goal.verdict(ratio, disk)}" if goal else "no goal"
    say(
        f"  {what:<48} {_number(ours)}{unit}  {name} {_number(theirs)}{unit}  {ratio:.2f} ×  {end}"
    )


def not_run(what: str, why: str) -> None:
    """Name what could not be measured."""
    say(f"  {what:<48} not run: {why}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
