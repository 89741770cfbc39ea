"""How is a long story told on one page: in steps that open, and folded where it is far away?"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from audit.browsing.telling import line
from audit.models import Entry

ENDS = 3  # steps at either end that are always shown
NEAR = 4  # and on both sides of the entry that the page is about

Line = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """Show entries that belong together by the last of them; the others are its details."""

    shown: Line
    details: tuple[Line, ...]
    current: bool

    @property
    def count(self) -> int:
        """Return how many entries it holds."""
        return len(self.details)


@dataclass(frozen=True)
class Stretch:
    """Hold steps that follow each other, shown or folded."""

    steps: tuple[Step, ...]
    folded: bool

    @property
    def count(self) -> int:
        """Return how many entries are in it."""
        return sum(max(1, step.count) for step in self.steps)


def timeline(
    story: Sequence[Entry], current: Entry, resting: Collection[uuid.UUID]
) -> list[Stretch]:
    """Tell a story in steps; of a long one the ends and what is near, and the rest folded."""
    found = [
        _step(list(entries), current, resting)
        for _, entries in groupby(story, key=lambda entry: _belongs(entry))
    ]
    place = next(number for number, step in enumerate(found) if step.current)
    last = len(found) - 1

    def far(numbered: tuple[int, Step]) -> bool:
        number, _ = numbered
        return min(number, last - number) >= ENDS and abs(number - place) > NEAR

    return [
        Stretch(tuple(step for _, step in steps), folded)
        for folded, steps in groupby(enumerate(found), key=far)
    ]


def beyond(entries: Iterable[Entry], story: Iterable[Entry]) -> list[Line]:
    """Tell those entries that the story does not show."""
    shown = {entry.uid for entry in story}
    return [line(entry) for entry in entries if entry.uid not in shown]


def _belongs(entry: Entry) -> tuple[str, str]:
    """Return what entries of one step share: a stage of a delivery, or subject and event."""
    stage = entry.facts.get("stage")
    if isinstance(stage, str) and str(entry.subject).startswith("delivery:"):
        return str(entry.subject), f"stage {stage}"
    return str(entry.subject), str(entry.event)


def _step(entries: Sequence[Entry], current: Entry, resting: Collection[uuid.UUID]) -> Step:
    lines = tuple(_told(entry, current, resting) for entry in entries)
    own = [one for one in lines if one["current"]]
    return Step(
        shown=(own or lines)[-1],
        details=lines if len(lines) > 1 else (),
        current=bool(own),
    )


def _told(entry: Entry, current: Entry, resting: Collection[uuid.UUID]) -> Line:
    relation = ""
    if str(entry.uid) in current.cites:
        relation = "this entry rests on it"
    elif entry.uid in resting:
        relation = "rests on this entry"
    return {**line(entry), "current": entry.uid == current.uid, "relation": relation}
