"""Do bars and sparklines say what they show, also when there is nothing?"""

import pytest

from telemetry import charts
from tests.telemetry.points import SVG, of_class, parsed, words


def test_each_bar_has_its_label_and_number() -> None:
    root = parsed(charts.bars([("W1", 4), ("W2", 0)], title="t", description="d"))
    assert words(root) == ["4", "W1", "0", "W2"]


def test_the_highest_bar_fills_the_height_and_half_of_it_half() -> None:
    root = parsed(charts.bars([("a", 10), ("b", 5)], title="t", description="d", height=140))
    tall = [float(bar.get("height") or 0) for bar in of_class(root, "ch-bar")]
    assert tall == [100, 50]


@pytest.mark.parametrize("values", [[], [("a", 0), ("b", 0)]])
def test_bars_of_nothing_say_nothing_yet(values: list[tuple[str, int]]) -> None:
    assert words(parsed(charts.bars(values, title="t", description="d"))) == ["Nothing yet"]


def test_a_label_cannot_smuggle_markup_in() -> None:
    picture = charts.bars([("<script>", 1)], title="<b>", description="&")
    assert "<script>" not in picture
    assert parsed(picture)[0].text == "<b>"


@pytest.mark.parametrize("count", [0, 1, 2, 10_000])
def test_a_sparkline_of_any_length_is_valid_and_named(count: int) -> None:
    root = parsed(charts.sparkline([0.5] * count, "Rate & trend"))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Rate & trend"


def test_a_sparkline_of_zeroes_lies_at_the_bottom() -> None:
    line = of_class(parsed(charts.sparkline([0, 0, 0], "t")), "ch-line")[0].get("d") or ""
    assert {point.split()[1] for point in line.removeprefix("M").split("L")} == {"22.0"}


def test_the_peak_of_a_sparkline_is_at_the_top() -> None:
    line = of_class(parsed(charts.sparkline([1, 4, 2], "t")), "ch-line")[0].get("d") or ""
    assert line.removeprefix("M").split("L")[1].split()[1] == "2.0"
