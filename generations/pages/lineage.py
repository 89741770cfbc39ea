"""Where does each generation stand in a picture of what descends from what? Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

START = 0  # stands for the branch as it was, and for what is older than the picture
MOST_LANES = 10


@dataclass(frozen=True)
class Born:
    """Name a generation and the one that its base contains."""

    number: int
    parent: int | None


@dataclass(frozen=True)
class Place:
    """Say in which row and lane a generation stands, the newest in row 0, and below whom."""

    number: int
    row: int
    lane: int
    parent_row: int
    parent_lane: int


@dataclass(frozen=True)
class Layout:
    """Hold every place, the newest first; the start stands in the lane 0 of the last row."""

    places: Sequence[Place]
    lanes: int

    @property
    def rows(self) -> int:
        """Return how many rows there are, the start included."""
        return len(self.places) + 1


def lay_out(born: Sequence[Born]) -> Layout:
    """Give each generation a row of its own by age, and a lane that no other's line crosses.

    The line of a parent runs up to its youngest child, which may go on in its lane; any other
    child branches off to the right.
    """
    ordered = sorted(born, key=lambda one: one.number)
    places = {one.number: index for index, one in enumerate(ordered, start=1)} | {START: 0}
    parents = {one.number: one.parent if one.parent in places else START for one in ordered}
    ends = _ends(parents, places)
    lanes = {START: 0}
    taken: list[int] = [ends[START]]  # of each lane, the last index at which it is in use
    for one in ordered:
        index, parent = places[one.number], parents[one.number]
        lane = lanes[parent]
        if ends[parent] >= index:  # a younger child goes on in the parent's lane
            least = 0 if ends[one.number] > index else lane + 1
            free = (n for n in range(least, len(taken)) if taken[n] < index)
            lane = next(free, max(least, len(taken)))
        taken += [-1] * (lane + 1 - len(taken))
        taken[lane] = ends[one.number]
        lanes[one.number] = lane
    shown = {number: min(lane, MOST_LANES - 1) for number, lane in lanes.items()}
    last = len(ordered)
    found = [
        Place(
            one.number,
            last - places[one.number],
            shown[one.number],
            last - places[parents[one.number]],
            shown[parents[one.number]],
        )
        for one in reversed(ordered)
    ]
    return Layout(found, max(shown.values()) + 1)


def _ends(parents: Mapping[int, int], places: Mapping[int, int]) -> dict[int, int]:
    """Return the index up to which each lane is in use: short of the youngest child."""
    ends = dict(places)
    for child, parent in parents.items():
        ends[parent] = max(ends[parent], places[child] - 1)
    return ends
