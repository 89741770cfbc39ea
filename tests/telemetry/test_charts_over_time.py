"""Does a chart over time show the rate, the calls and the marks where they belong?"""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from telemetry import charts
from telemetry.charts import Band, Mark
from tests.telemetry.points import NOON, SVG, Count, minutes, of_class, parsed, words


def draw(
    points: list[Count], marks: tuple[Mark, ...] = (), bands: tuple[Band, ...] = ()
) -> ElementTree.Element:
    picture = charts.time_series(
        points, title="Failures of <web>", description="It & more", marks=marks, bands=bands
    )
    return parsed(picture)


def test_the_picture_has_a_name_and_a_description_for_those_who_cannot_see_it() -> None:
    root = draw(minutes([(10, 2)]))
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "Failures of <web>"
    assert root[1].tag == f"{SVG}desc"
    assert root[1].text == "It & more"


@pytest.mark.parametrize("count", [0, 1, 2, 300, 10_000])
def test_any_number_of_points_gives_valid_xml_of_bounded_size(count: int) -> None:
    picture = charts.time_series(minutes([(10, 3)] * count), title="t", description="d")
    parsed(picture)
    assert len(picture) < 40_000


def test_nothing_is_styled_inline() -> None:
    marks = (Mark(NOON, "deployed"),)
    picture = charts.time_series(
        minutes([(10, 3)] * 9), title="t", description="d", marks=marks, bands=(Band(0.1, 0.2),)
    )
    assert "style" not in picture
    assert "fill=" not in picture
    assert "stroke=" not in picture


def test_without_calls_the_chart_says_so_instead_of_drawing_a_line_at_zero() -> None:
    root = draw(minutes([(0, 0), (0, 0)]))
    assert words(root) == ["No calls in this window"]
    assert of_class(root, "ch-line") == []


def test_a_stretch_without_calls_is_a_gap_in_the_line() -> None:
    root = draw(minutes([(10, 1)] * 5 + [(0, 0)] * 6 + [(10, 1)] * 5))
    assert len(of_class(root, "ch-line")) == 2


def test_a_lonely_bucket_is_a_dot() -> None:
    root = draw(minutes([(10, 5)]))
    assert len(of_class(root, "ch-line--dot")) == 1


def test_a_rate_of_one_reaches_the_top_and_zero_the_bottom() -> None:
    line = of_class(draw(minutes([(10, 10), (10, 0)])), "ch-line")[0].get("d") or ""
    heights = [float(point.split()[1]) for point in line.removeprefix("M").split("L")]
    assert heights[0] == 0
    assert heights[1] == 160  # of 200, less legend and foot


def test_the_axis_ends_at_a_round_rate_above_the_highest() -> None:
    assert "20 %" in words(draw(minutes([(100, 15), (100, 2)])))


def test_every_bucket_tells_its_numbers() -> None:
    tip = of_class(draw(minutes([(20, 3)])), "ch-tip")[0]
    assert tip[0].text == "12:00:00 UTC: 3 of 20 calls failed (15 %)"


def test_marks_carry_their_label_and_tone() -> None:
    marks = (
        Mark(NOON + timedelta(minutes=10), "deployed"),
        Mark(NOON + timedelta(minutes=50), "reverted", "revert"),
    )
    root = draw(minutes([(10, 1)] * 60), marks)
    labels = of_class(root, "ch-mark-label")
    assert [label.text for label in labels] == ["deployed", "reverted"]
    assert len(of_class(root, "ch-mark--revert")) == 1


def test_labels_of_close_marks_stand_in_rows_of_their_own() -> None:
    marks = tuple(Mark(NOON + timedelta(minutes=m), f"m{m}") for m in (30, 31, 32))
    labels = of_class(draw(minutes([(10, 1)] * 60), marks), "ch-mark-label")
    assert len({label.get("y") for label in labels}) == 3


def test_a_mark_after_the_last_count_widens_the_axis() -> None:
    late = (Mark(NOON + timedelta(hours=2), "deployed"),)
    root = draw(minutes([(10, 1)] * 60), late)
    assert of_class(root, "ch-mark-label")[0].get("x") == "100.00%"


def test_the_usual_range_is_shaded_and_explained() -> None:
    root = draw(minutes([(10, 1)] * 10), bands=(Band(0.05, 0.15, "usual before"),))
    assert len(of_class(root, "ch-band")) == 1
    assert "usual before" in words(root)


def test_an_unsorted_series_is_drawn_in_order() -> None:
    ordered = minutes([(10, 1), (10, 5), (10, 3)])
    assert charts.buckets(ordered[::-1]) == charts.buckets(ordered)


def test_joining_points_loses_no_call_and_no_failure() -> None:
    joined = charts.buckets(minutes([(7, 2)] * 1001))
    assert len(joined) <= 72
    assert sum(bucket.calls for bucket in joined) == 7007
    assert sum(bucket.failures for bucket in joined) == 2002


def test_no_points_are_no_buckets() -> None:
    assert charts.buckets([]) == ()
