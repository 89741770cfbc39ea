"""Are scores over time drawn where they belong, with ranges, marks and words for each?"""

from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.measured import Better, Outcome
from benchmarks.models import Measurement, Run, Score, State
from generations.pages import pictures, scores
from generations.pages.pictures import Dot
from proposals.models import Status
from targets.models import Target
from telemetry.charts import Mark
from tests.factories import NOW, make_proposal, make_target
from tests.generations.rows import (
    Told,
    better,
    make_delta,
    make_generation,
    proposed,
    unmeasured,
    worse,
)

HOUR = timedelta(hours=1)


def drawn(dots: list[Dot], **more: object) -> str:
    return str(pictures.over_time(dots, title="Score", description="…", **more))  # type: ignore[arg-type]


def test_nothing_is_said_to_be_nothing() -> None:
    assert "Nothing yet" in drawn([])


def test_a_lonely_value_stands_in_the_middle() -> None:
    picture = drawn([Dot(NOW, 0.5, "alone")])
    assert 'cx="55.00%"' in picture
    assert "ch-line" not in picture
    assert "<title>alone</title>" in picture


def test_values_of_the_branch_are_joined_and_tries_are_not() -> None:
    dots = [Dot(NOW + n * HOUR, n / 4, f"n{n}", tone) for n, tone in enumerate(
        ["line", "accepted", "line", "rejected"])]  # fmt: skip
    picture = drawn(dots)
    assert picture.count("ch-line") == 1
    assert picture.count("ch-point--accepted") == picture.count("ch-point--rejected") == 1
    assert [dot.words for dot in dots if f"<title>{dot.words}</title>" not in picture] == []


def test_a_range_is_drawn_and_fits_the_axis() -> None:
    picture = drawn([Dot(NOW, 0.9, "x", "accepted", 0.8, 1.0)])
    assert "ch-whisker--accepted" in picture
    assert "102 %" not in picture  # a share ends at one
    whole = drawn([Dot(NOW, 0.9, "x")], whole=True)
    assert "100 %" in whole
    assert "0 %" in whole


def test_marks_and_words_from_outside_are_escaped() -> None:
    mark = Mark(NOW + HOUR, "<i>#1</i>", "revert")
    picture = drawn([Dot(NOW, 1.0, "<script>")], marks=[mark], unit="findings")
    assert "<script>" not in picture
    assert "<i>" not in picture
    assert "ch-mark--revert" in picture


def test_what_the_branch_says_again_is_left_to_its_line() -> None:
    values = [1.0, 1.0, 1.0, 2.0, 2.0]
    dots = [Dot(NOW + n * HOUR, value, f"n{n}") for n, value in enumerate(values)]
    dots.insert(2, Dot(NOW + HOUR, 1.0, "try", "rejected"))
    assert [dot.words for dot in scores.thinned(dots)] == ["n0", "try", "n2", "n3", "n4"]
    assert scores.thinned([]) == []


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def charts(target: Target) -> dict[str, scores.Chart]:
    return {one.benchmark: one for one in scores.charts(target)}


@pytest.mark.django_db
def test_without_a_measurement_there_is_no_chart(target: Target) -> None:
    make_generation(target, Told())
    assert scores.charts(target) == []


@pytest.mark.django_db
def test_a_chart_tells_the_branch_and_each_try_with_its_range(target: Target) -> None:
    better(make_generation(target), 0.05, before=0.85)
    worse(make_generation(target, Told(at=NOW + HOUR)))
    rows = charts(target)["test_pass_rate"].rows
    assert sorted(rows) == [
        ("2026-03-02 09:30", "Generation 1, accepted", "90.0%", "88.0% to 92.0%"),
        ("2026-03-02 09:30", "Generation 1, before", "85.0%", "–"),
        ("2026-03-02 10:30", "Generation 2, before", "90.0%", "–"),
        ("2026-03-02 10:30", "Generation 2, rejected", "85.0%", "85.0% to 85.0%"),
    ]
    assert rows[0][0] == "2026-03-02 10:30"  # the newest first


@pytest.mark.django_db
def test_where_less_is_better_the_range_lies_below_the_old_score(target: Target) -> None:
    generation = make_generation(target)
    make_delta(
        generation, "errors", unit="errors", before=9.0, after=6.0, verdict="better",
        difference=3.0, low=1.0, high=5.0,
    )  # fmt: skip
    [before, after] = sorted(charts(target)["errors"].rows, key=lambda row: row[1], reverse=True)
    assert before[2] == "9 errors"
    assert after[2:] == ("6 errors", "4 errors to 8 errors")


@pytest.mark.django_db
def test_what_never_changed_has_no_direction_and_claims_no_range(target: Target) -> None:
    make_delta(make_generation(target), "same", low=-0.1, high=0.1)
    assert {row[3] for row in charts(target)["same"].rows} == {"–"}


@pytest.mark.django_db
def test_what_has_no_score_is_left_out_and_is_no_zero(target: Target) -> None:
    unmeasured(make_generation(target))
    assert scores.charts(target) == []


@pytest.mark.django_db
def test_runs_of_the_benchmarks_add_what_they_measured_with_its_range(target: Target) -> None:
    measurement = Measurement.objects.create(
        key="k", benchmark="test_pass_rate", outcome=Outcome.MEASURED, words="9 of 10", value=0.9,
        items={f"t{n}": 1.0 for n in range(10)}, seconds=1, measured_at=NOW,
    )  # fmt: skip
    run = Run.objects.create(
        target=target, commit="a" * 40, state=State.ENDED, asked_by="ada", asked_at=NOW,
        ended_at=NOW,
    )  # fmt: skip
    Score.objects.create(
        run=run, benchmark="test_pass_rate", outcome=Outcome.MEASURED, words="9 of 10", value=0.9,
        unit="share", better=Better.HIGHER, weight=1, measurement=measurement,
    )  # fmt: skip
    chart = charts(target)["test_pass_rate"]
    assert chart.rows == [("2026-03-02 09:30", "Commit aaaaaaaaaaaa", "90.0%", "59.6% to 98.2%")]
    assert chart.latest == "90.0%"


@pytest.mark.django_db
def test_what_came_into_force_and_was_taken_back_is_marked(target: Target) -> None:
    better(proposed(target, make_proposal(target, status=Status.REVERTED)))
    better(make_generation(target))
    picture = charts(target)["test_pass_rate"].picture
    assert "#1 in force" in picture
    assert "#1 taken back" in picture
    assert "#2" not in picture.replace("Generation 2", "")
