"""What became of each thing that a request handed in?"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from targets.models import Target
from telemetry import ingest
from telemetry.events.schemas import AnyEvent, OutOfTime
from telemetry.storing import keeping

SHOWN = 100  # rejected items that an answer lists


class Item(NamedTuple):
    """Hold an event, which item of the request it is of, and its place where it has no id."""

    number: int
    event: AnyEvent
    place: str = ""


@dataclass(slots=True)
class Receipt:
    """Count what was kept, was there already, was none of ours, or was wrong and why."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def reject(self, index: int, why: str, kind: str = "") -> None:
        """Note an item that is wrong; the kind is what is counted, where the words vary."""
        self.rejected += 1
        self.reasons[kind or why] += 1
        if len(self.problems) < SHOWN:
            self.problems.append((index, why))

    def drop(self, why: str) -> None:
        """Note an item that is right and nothing that we keep."""
        self.dropped[why] += 1

    @property
    def not_kept(self) -> int:
        """Return how many items left no trace."""
        return self.rejected + self.dropped.total()

    def why(self) -> Counter[str]:
        """Return every reason with its count."""
        return self.reasons + self.dropped


def keep(
    target: Target,
    items: list[Item],
    receipt: Receipt,
    now: datetime,
    note: Callable[[Receipt], None],
) -> None:
    """Store the events once each; when this returns, what the receipt calls accepted is stored.

    The receipt is noted in the same transaction: what is counted is what is there.
    """
    timely = keeping.timely(target, now)
    placed: list[tuple[AnyEvent, str]] = []
    for item in items:
        try:
            timely(item.event.timestamp)
        except OutOfTime as error:
            receipt.reject(item.number, str(error), str(error).partition(" ")[2])
            continue
        placed.append((item.event, item.place))

    def also(done: ingest.Stored) -> None:
        receipt.accepted += done.stored
        receipt.duplicates += done.duplicates
        receipt.rejected += done.refused
        receipt.reasons.update(done.reasons)
        note(receipt)

    if placed:
        ingest.store_placed(target, placed, now, also=also, timely=timely)
    else:
        note(receipt)
