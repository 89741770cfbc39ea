"""Does each generation get a place of its own below its parent, whatever the family looks like?"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.pages.lineage import MOST_LANES, Born, Layout, Place, lay_out
from generations.pages.pictures import Node, descent


def places(layout: Layout) -> dict[int, tuple[int, int]]:
    return {one.number: (one.row, one.lane) for one in layout.places}


def test_nobody_leaves_the_start_alone() -> None:
    layout = lay_out([])
    assert (layout.places, layout.rows, layout.lanes) == ([], 1, 1)


def test_a_line_of_only_children_stays_in_one_lane() -> None:
    layout = lay_out([Born(1, None), Born(2, 1), Born(3, 2)])
    assert layout.lanes == 1
    assert places(layout) == {3: (0, 0), 2: (1, 0), 1: (2, 0)}
    assert [one.parent_row for one in layout.places] == [1, 2, 3]


def test_what_falls_off_branches_to_the_right_and_the_youngest_leads_on() -> None:
    layout = lay_out([Born(1, None), Born(2, None), Born(3, 2), Born(4, 2), Born(5, 2)])
    assert places(layout) == {5: (0, 0), 4: (1, 1), 3: (2, 1), 2: (3, 0), 1: (4, 1)}


def test_a_parent_that_is_not_in_the_picture_lies_below_it() -> None:
    [place] = lay_out([Born(9, 3)]).places
    assert place == Place(9, 0, 0, 1, 0)


def test_the_order_in_which_they_are_given_does_not_matter() -> None:
    born = [Born(1, None), Born(2, 1), Born(3, 1)]
    assert lay_out(born) == lay_out(born[::-1])


@st.composite
def families(draw: st.DrawFn) -> list[Born]:
    """Make a family in which everybody descends from somebody older, or from the branch."""
    count = draw(st.integers(1, 40))
    return [
        Born(number, draw(st.none() | st.integers(1, number - 1)) if number > 1 else None)
        for number in range(1, count + 1)
    ]


@given(families())
def test_each_has_a_row_of_its_own_and_its_parent_lies_below(born: list[Born]) -> None:
    layout = lay_out(born)
    assert sorted(one.row for one in layout.places) == list(range(len(born)))
    assert all(one.parent_row > one.row for one in layout.places)
    assert all(0 <= one.lane < layout.lanes <= MOST_LANES for one in layout.places)


@given(families())
def test_no_line_runs_through_another_generation(born: list[Born]) -> None:
    layout = lay_out(born)
    if layout.lanes == MOST_LANES:  # what is wider than the picture shares its last lane
        return
    taken = {(one.row, one.lane): one.number for one in layout.places}
    for one in layout.places:
        for row in range(one.row + 1, one.parent_row):
            assert (row, one.parent_lane) not in taken, "a line crosses somebody"


def test_ten_thousand_in_one_line_are_laid_out_at_once() -> None:
    born = [Born(n, n - 1 or None) for n in range(1, 10_001)]
    layout = lay_out(born)
    assert layout.lanes == 1
    assert all(two.row == one.row + 1 for one, two in pairwise(layout.places))


@pytest.mark.parametrize("state", ["accepted", "force", "reverted", "rejected", "failed", "open"])
def test_each_outcome_is_a_link_with_words_and_a_form_of_its_own(state: str) -> None:
    node = Node(7, "/generations/x/7/", "<b>Cut & paste</b>", state, "rejected", "+2.0 %")
    drawn = descent(lay_out([Born(7, None)]), {7: node}, "The branch as it was", "Lines")
    assert '<a class="ln-row" href="/generations/x/7/"' in drawn
    assert 'aria-label="Generation 7, rejected, +2.0 %: &lt;b&gt;Cut &amp; paste' in drawn
    assert "<b>" not in drawn
    assert f"ln-dot--{state}" in drawn
    assert "The branch as it was" in drawn
