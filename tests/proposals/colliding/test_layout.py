"""Does each group have a line of its own, and do neighbours stand side by side?"""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from proposals.colliding.groups import Group, Kind
from proposals.colliding.layout import MOST_LANES, laid_out, ordered


def _pk(number: int) -> UUID:
    return UUID(int=number)


def _group(kind: Kind, *numbers: int, name: str = "a") -> Group:
    return Group(kind, "gateway", name, "", tuple(map(_pk, numbers)))


def test_the_gravest_come_first_and_families_stay_together() -> None:
    groups = [
        _group(Kind.STEP, 1, 2, 3, 4, 5, 6),
        _group(Kind.FILE, 1, 5),
        _group(Kind.LINES, 2, 6),
    ]
    assert [pk.int for pk in ordered(groups)] == [2, 6, 1, 5, 3, 4]


def test_within_a_family_those_on_one_line_are_neighbours() -> None:
    groups = [
        _group(Kind.FILE, 1, 2, 3, 4),
        _group(Kind.LINES, 1, 3, name="top"),
        _group(Kind.LINES, 2, 4, name="bottom"),
    ]
    assert [pk.int for pk in ordered(groups)] == [1, 3, 2, 4]


def test_lines_that_do_not_meet_share_a_lane() -> None:
    groups = [_group(Kind.LINES, 1, 2), _group(Kind.LINES, 3, 4), _group(Kind.FILE, 1, 2, 3, 4)]
    found = laid_out(groups, [_pk(n) for n in (1, 2, 3, 4)])
    assert [(lane.lane, lane.rows) for lane in found.lanes] == [
        (0, (0, 1)),
        (1, (0, 1, 2, 3)),
        (0, (2, 3)),
    ]
    assert (found.width, found.left_out) == (2, 0)


def test_a_group_with_one_row_on_this_page_has_no_line() -> None:
    found = laid_out([_group(Kind.LINES, 1, 2)], [_pk(1)])
    assert (found.lanes, found.width) == ([], 0)


def test_what_finds_no_lane_is_counted() -> None:
    groups = [_group(Kind.FILE, 1, 2, name=str(n)) for n in range(MOST_LANES + 3)]
    found = laid_out(groups, [_pk(1), _pk(2)])
    assert (found.width, found.left_out) == (MOST_LANES, 3)


MEMBERS = st.sets(st.integers(1, 12), min_size=2, max_size=6)


@given(st.lists(st.tuples(st.sampled_from(list(Kind)), MEMBERS), max_size=15))
def test_no_two_lines_cross_and_everybody_has_one_row(
    asked: list[tuple[Kind, set[int]]],
) -> None:
    groups = [_group(kind, *sorted(numbers)) for kind, numbers in asked]
    rows = ordered(groups)
    assert sorted(rows) == sorted({pk for group in groups for pk in group.members})
    found = laid_out(groups, rows)
    assert len(found.lanes) + found.left_out == len(groups)
    used: set[tuple[int, int]] = set()
    for lane in found.lanes:
        span = {(lane.lane, row) for row in range(lane.rows[0], lane.rows[-1] + 1)}
        assert not span & used
        used |= span
