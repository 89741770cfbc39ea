"""Did the clock of whoever wrote an entry agree with the clock of whoever sealed it?

A moment in an entry is a claim and moves nothing. Where it lies far from the checkpoints around
it, a clock was wrong, and a person may want to know whose.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from audit import log

TOLERANCE = timedelta(hours=1)
MOST = 100  # remarks that are kept
_FIRST = datetime.min.replace(tzinfo=UTC) + TOLERANCE

Found = tuple[str, str]  # where, and what is odd there


class Clocks:
    """Follow the moments of entries, in the order in which they were sealed."""

    def __init__(self, made: Iterable[tuple[int, datetime]]) -> None:
        """Take size and moment of each checkpoint."""
        self.made = sorted(made, reverse=True)  # the next one last
        self.found: list[Found] = []
        self.size = 0
        self.at = _FIRST
        self.earliest = self.latest = ""
        self._step(0)

    def take(self, index: int, at: str) -> None:
        """Compare an entry's moment with the checkpoints before and behind it."""
        if index >= self.size:
            self._step(index)
        if self.latest and not self.earliest <= at <= self.latest:
            self._remark(f"leaf {index}", f"it says {at}, but was sealed {log.moment(self.at)}")

    def _step(self, index: int) -> None:
        while self.made and index >= self.size:
            before = self.at
            self.size, self.at = self.made.pop()
            if self.at < before - TOLERANCE:
                self._remark(
                    f"checkpoint {self.size}",
                    f"it says {log.moment(self.at)}, earlier than the one before it"
                    f" ({log.moment(before)})",
                )
            self.earliest = log.moment(min(before, self.at) - TOLERANCE)
            self.latest = log.moment(max(before, self.at) + TOLERANCE)
        if index >= self.size:  # under no checkpoint
            self.latest = ""

    def _remark(self, where: str, what: str) -> None:
        if len(self.found) < MOST:
            self.found.append((where, what))
