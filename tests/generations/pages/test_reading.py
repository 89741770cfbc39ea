"""Does what a generation remembers read well, whatever it is and however long it took?"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from hypothesis import given
from hypothesis import strategies as st

from generations.models import Generation
from generations.pages import reading, showing
from generations.pages.listing import LONGEST, SIZE, Slice
from generations.pages.reading import PHASES
from generations.phases import NAMES
from generations.reporting.kinds import Kind
from personas.replies.contracts import Plan, Review
from targets.models import Target
from tests.factories import NOW, make_target
from tests.generations.rows import (
    OPEN,
    PLAN,
    REVIEW,
    Told,
    make_delta,
    make_generation,
)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def remembering(**columns: Any) -> Generation:
    return Generation(started_at=NOW, **columns)


def test_every_phase_has_a_name_of_its_own() -> None:
    assert tuple(PHASES) == NAMES
    assert len(set(PHASES.values())) == len(NAMES)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0\u00a0s"),
        (9.04, "9.0\u00a0s"),
        (61, "1\u00a0min 1\u00a0s"),
        (3599, "59\u00a0min 59\u00a0s"),
        (3600, "1\u00a0h 0\u00a0min"),
        (90_061, "25\u00a0h 1\u00a0min"),
    ],
)
def test_a_duration_has_the_units_that_it_deserves(seconds: float, said: str) -> None:
    assert reading.took(seconds) == said


def test_one_that_is_open_has_taken_as_long_as_until_now() -> None:
    generation = remembering()
    assert reading.lasted(generation, NOW + timedelta(seconds=5)) == "5.0\u00a0s"
    assert reading.lasted(generation, NOW - timedelta(seconds=5)) == "0.0\u00a0s"  # another clock
    generation.ended_at = NOW + timedelta(seconds=2)
    assert reading.lasted(generation, NOW + timedelta(days=9)) == "2.0\u00a0s"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"plan": PLAN, "focus_words": "else"}, PLAN["title"]),
        ({"plan": {"title": "half a plan"}, "focus_words": "Imports"}, "Imports"),
        ({"brief": "First line.\nSecond."}, "First line."),
        ({"focus_words": "x" * 500}, "x" * 160),
        ({}, "Looks for something to improve"),
        ({"outcome": "FAILED"}, "No plan"),
    ],
    ids=["plan", "broken", "brief", "long", "open", "ended"],
)
def test_a_generation_is_named_by_the_best_that_there_is(
    columns: dict[str, Any], said: str
) -> None:
    assert reading.title_of(remembering(**columns)) == said


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
))  # fmt: skip
def test_whatever_is_kept_is_a_plan_and_a_review_or_none(kept: Any) -> None:
    generation = remembering(plan=kept, review=kept)
    assert isinstance(reading.plan_of(generation), Plan | None)
    assert isinstance(reading.review_of(generation), Review | None)
    assert reading.title_of(generation)


def test_what_fits_the_contracts_is_read() -> None:
    generation = remembering(plan=PLAN, review=REVIEW)
    plan, review = reading.plan_of(generation), reading.review_of(generation)
    assert plan is not None
    assert plan.files_to_modify == ["config/tools.yaml"]
    assert review is not None
    assert review.score == 0.82


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "difference", "interval"),
    [
        ({"difference": 0.05, "low": 0.01, "high": 0.09}, "+5.0 %", "+1.0 % to +9.0 %"),
        ({"difference": -0.05, "low": -0.05, "high": -0.05}, "−5.0 %", ""),
        ({"difference": None, "low": None, "high": None}, "–", ""),
        ({"unit": "findings", "difference": 3.0, "low": 1.0, "high": 5.0}, "+3", "+1 to +5"),
        ({"unit": "", "difference": -0.25, "low": None, "high": 1.0}, "−0.25", ""),
    ],
    ids=["share", "worse", "none", "count", "half"],
)
def test_a_difference_carries_its_sign_unit_and_range(
    told: dict[str, Any], difference: str, interval: str, target: Target
) -> None:
    generation = make_generation(target, Told())
    [row] = showing.beside([make_delta(generation, "speed", **told)])
    assert row.difference.replace("\u00a0", " ") == difference
    assert row.interval.replace("\u00a0", " ") == interval


@pytest.mark.django_db
def test_a_share_that_is_compared_by_findings_differs_by_so_many(target: Target) -> None:
    told = {"difference": 6.0, "low": None, "high": None}
    row = make_delta(make_generation(target, Told()), "code_coverage", **told)
    assert showing.beside([row])[0].difference == "+6"
    row.is_noisy, row.difference = True, 0.02  # then the shares themselves were compared
    assert showing.beside([row])[0].difference.replace("\u00a0", " ") == "+2.0 %"


@pytest.mark.django_db
def test_a_phase_that_is_run_again_shows_as_present(target: Target) -> None:
    generation = make_generation(target, OPEN)
    generation.runs.filter(phase="review").update(result="ERRORED", ended_at=NOW)
    states = [one["state"] for one in showing.steps(generation, list(generation.runs.all()))]
    assert states == ["done"] * 4 + ["failed"] + ["todo"] * 3
    generation.runs.filter(phase="review").update(result="PASSED")
    states = [one["state"] for one in showing.steps(generation, list(generation.runs.all()))]
    assert states[4] == "now"  # it passed, and the row has yet to be moved on


def test_many_tokens_are_written_so_that_they_can_be_read() -> None:
    assert showing.spoken(1_234_567) == "1\u202f234\u202f567"


def test_each_kind_has_a_short_name_a_badge_and_a_tone() -> None:
    assert [kind.heading for kind in Kind] == ["Code fixers", "Language models", "Simulated"]
    assert all(kind.label and kind.tone in {"quiet", "accent", "warn"} for kind in Kind)


def test_a_page_of_nothing_does_not_move() -> None:
    assert not Slice([], None, None).is_moving
    assert SIZE < 10**LONGEST


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["viewer", "reviewer", "operator", "admin"])
def test_every_role_sees_and_only_some_run(role: str) -> None:
    ours = Group.objects.get(name=role).permissions.filter(content_type__app_label="generations")
    held = set(ours.values_list("codename", flat=True))
    seen = {f"view_{name}" for name in ("generation", "phaserun", "delta", "loop")}
    runs = {"run_generation"} if role in ("operator", "admin") else set()
    assert held == seen | runs
