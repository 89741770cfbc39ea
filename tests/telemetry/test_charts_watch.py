"""Does the watch's plot show the staircase between the lines that decide?"""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from telemetry import charts
from telemetry.charts import Limit
from tests.telemetry.points import of_class, parsed, words

LIMITS = [
    Limit(calls=10, low=0, high=2, raised=0.3, reverts=3, clears=None),
    Limit(calls=100, low=0, high=6, raised=2.5, reverts=8, clears=None),
    Limit(calls=1000, low=11, high=29, raised=25, reverts=38, clears=18),
]


def draw(steps: list[tuple[int, int]], limits: list[Limit]) -> ElementTree.Element:
    return parsed(charts.staircase(steps, limits=limits, title="Watch", description="So far"))


def places(root: ElementTree.Element, name: str) -> list[tuple[float, float]]:
    line = (of_class(root, name)[0].get("d") or "").removeprefix("M").removesuffix("Z")
    return [(float(x), float(y)) for x, y in (point.split() for point in line.split("L"))]


def test_the_deciding_lines_are_named_with_their_counts() -> None:
    assert {"reverts at 38", "clears at 18"} <= set(words(draw([(300, 5)], LIMITS)))


def test_a_line_that_cannot_be_reached_is_not_drawn() -> None:
    root = draw([(50, 1)], LIMITS[:2])
    assert of_class(root, "ch-clear") == []
    assert not any(word.startswith("clears") for word in words(root))


def test_the_staircase_goes_along_first_and_then_up() -> None:
    corners = places(draw([(10, 0), (20, 1)], [LIMITS[0]]), "ch-steps")
    (x1, y1), (x2, y2) = corners[-2:]
    assert x1 == x2
    assert y2 < y1


def test_the_staircase_never_falls() -> None:
    corners = places(draw([(n, n // 9) for n in range(1, 900)], LIMITS), "ch-steps")
    assert all(later[1] <= earlier[1] for earlier, later in pairwise(corners))


def test_the_band_holds_the_old_rate_and_closes() -> None:
    root = draw([(10, 0)], LIMITS)
    assert (of_class(root, "ch-band")[0].get("d") or "").endswith("Z")
    assert len(places(root, "ch-band")) == 2 * len(LIMITS)


def test_before_the_first_call_the_plot_says_so() -> None:
    assert words(draw([], [])) == ["No calls yet"]


def test_more_failures_than_any_line_stay_inside_the_picture() -> None:
    corners = places(draw([(100, 90)], LIMITS[:2]), "ch-steps")
    assert min(y for _, y in corners) >= 0


@pytest.mark.parametrize("count", [1, 10_000])
def test_any_number_of_steps_gives_a_bounded_picture(count: int) -> None:
    picture = charts.staircase(
        [(n, n // 3) for n in range(count)], limits=LIMITS, title="t", description="d"
    )
    parsed(picture)
    assert len(picture) < 40_000
    assert "style" not in picture


def test_the_last_step_survives_when_steps_are_left_out() -> None:
    root = draw([(n, n // 3) for n in range(5_000)], [])
    assert places(root, "ch-steps")[-1][0] == 720
