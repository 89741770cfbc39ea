"""In which row and lane of a picture do proposals and what they have in common stand? Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from proposals.colliding.groups import Group, Kind
from proposals.colliding.meeting import Together

MOST_LANES = 12


@dataclass(frozen=True)
class Lane:
    """Say where the line of a group runs, and in which rows a proposal hangs on it."""

    group: Group
    lane: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """Hold the lines that are drawn, and how many found no room."""

    lanes: Sequence[Lane]
    width: int
    left_out: int


def ordered(groups: Sequence[Group]) -> list[UUID]:
    """List every member once: who collides most gravely first, and neighbours side by side."""
    ranks: dict[UUID, int] = {}
    for group in groups:
        for member in group.members:
            ranks[member] = min(group.kind.order, ranks.get(member, len(Kind)))
    together = Together(map(str, ranks))
    for group in groups:
        if group.kind is not Kind.STEP:
            together.join(map(str, group.members))
    families = [[UUID(name) for name in names] for names in together.groups()]
    nearby = _nearby(groups)
    families.sort(key=lambda family: min(ranks[member] for member in family))
    return [
        member
        for family in families
        for member in sorted(family, key=lambda one: (ranks[one], nearby.get(one, 0)))
    ]


def laid_out(groups: Sequence[Group], rows: Sequence[UUID]) -> Layout:
    """Give each group that has two of these rows a lane that no other line crosses."""
    places = {pk: place for place, pk in enumerate(rows)}
    found: list[Lane] = []
    ends: list[int] = []  # of each lane, the last row that it uses
    left_out = 0
    for group, hung in _hanging(groups, places):
        lane = next((n for n, end in enumerate(ends) if end < hung[0]), len(ends))
        if lane >= MOST_LANES:
            left_out += 1
            continue
        ends += [-1] * (lane + 1 - len(ends))
        ends[lane] = hung[-1]
        found.append(Lane(group, lane, hung))
    return Layout(found, len(ends), left_out)


def _hanging(
    groups: Sequence[Group], places: Mapping[UUID, int]
) -> list[tuple[Group, tuple[int, ...]]]:
    """Pair each group with its rows, from the top; the gravest is served first in each row."""
    pairs = [
        (group, tuple(sorted(places[pk] for pk in group.members if pk in places)))
        for group in groups
    ]
    shown = [pair for pair in pairs if len(pair[1]) > 1]
    return sorted(shown, key=lambda pair: (pair[1][0], pair[0].kind.order, -len(pair[1])))


def _nearby(groups: Sequence[Group]) -> dict[UUID, int]:
    """Number the members by the first group of lines, or else of files, that they are in."""
    grave = sorted(groups, key=lambda group: group.kind.order)
    found: dict[UUID, int] = {}
    for number, group in enumerate(grave):
        for member in group.members:
            found.setdefault(member, number)
    return found
