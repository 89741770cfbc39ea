"""Do report, terminal and page tell of an opinion what was said, and that it is advice?"""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generations.advising.opinion import ALONE, JUDGED, KEY
from generations.models import Generation, Outcome
from generations.reporting import document, lines
from targets.models import Target
from tests.factories import make_target
from tests.generations.advising.asking import EVALUATOR
from tests.generations.endings import bare_target, ended
from tests.generations.foreground.typed import typed
from tests.generations.pages.looking import signed_in, text, words
from tests.generations.reporting.test_document import told
from tests.generations.rows import OPEN, make_generation

pytestmark = pytest.mark.django_db
GOOD = {
    "about": "review",
    "dimension": "",
    "value": 0.25,
    "label": "Poor",
    "explanation": "It leaves out <b>why</b>.",
}
SAID: dict[str, Any] = {
    "outcome": JUDGED,
    "evaluator": EVALUATOR,
    "reason": "",
    "opinions": [
        GOOD,
        {**GOOD, "about": "build", "dimension": "Clarity", "value": None, "explanation": ""},
        {**GOOD, "about": "generation", "value": 4.0, "label": "", "explanation": ""},
    ],
    "tokens": 12_345,
    "usd": None,
}
SILENT: dict[str, Any] = {
    "outcome": ALONE,
    "evaluator": EVALUATOR,
    "reason": "unreachable, timeout: AgentCore fell silent at evaluate",
    "opinions": [],
    "tokens": None,
    "usd": None,
}


def with_opinion(generation: Generation, opinion: dict[str, Any]) -> Generation:
    """Let the latest review have noted an opinion."""
    run = generation.runs.filter(phase="review").latest("id")
    run.details = {**run.details, KEY: opinion}
    run.save(update_fields=["details"])
    return generation


def accepted() -> Generation:
    return ended(bare_target(), Outcome.ACCEPTED, dry_run=True)


@pytest.mark.parametrize("opinion", [SAID, SILENT])
def test_a_report_holds_what_was_noted(opinion: dict[str, Any]) -> None:
    assert told(with_opinion(accepted(), opinion))["opinion"] == opinion


def test_a_report_says_that_nobody_was_asked() -> None:
    assert told(accepted())["opinion"] is None
    assert told(ended(bare_target()))["opinion"] is None  # it never came to a review


@pytest.mark.parametrize(
    "damage",
    [
        {"usd": 0},
        {"tokens": -1},
        {"outcome": "approved"},
        {"opinions": []},
        {"extra": 1},
        {"opinions": [{**GOOD, "value": "0.25"}]},
        {"opinions": [{**GOOD, "about": "people"}]},
        {"outcome": ALONE, "reason": "denied"},
        {"outcome": ALONE, "opinions": []},
    ],
    ids=str,
)
def test_the_schema_lets_nothing_pass_for_an_opinion(damage: dict[str, Any]) -> None:
    found = told(with_opinion(accepted(), SAID))
    found["opinion"] = {**found["opinion"], **damage}
    assert not Draft202012Validator(document.schema()).is_valid(found)


def test_the_latest_review_counts_once_it_has_ended() -> None:
    generation = with_opinion(accepted(), SILENT)
    again = generation.runs.create(
        phase="review", attempt=2, result="", started_at=generation.started_at
    )
    assert told(generation)["opinion"] == SILENT
    again.result = "PASSED"
    again.ended_at = generation.ended_at
    again.save()
    assert told(generation)["opinion"] is None


def test_a_terminal_tells_it_with_its_place_and_its_cost() -> None:
    with_opinion(accepted(), SAID)
    said = typed("report", "1").out
    for one in (
        f"opinion    of AgentCore's {EVALUATOR}, which decides nothing",
        "12345 tokens, cost unknown, in no sum",
        "of the review: 0.25, Poor\n      “It leaves out <b>why</b>.”",
        "of the change: Clarity Poor",
        "of the whole generation: 4\n",
    ):
        assert one in said
    assert "no model call" in said


def test_a_terminal_says_why_the_review_stands_alone() -> None:
    with_opinion(accepted(), SILENT)
    said = typed("report", "1").out
    assert "opinion    local review alone: unreachable, timeout: AgentCore fell" in said


def test_what_nobody_tells_of_tokens_is_no_zero() -> None:
    found = told(with_opinion(accepted(), {**SAID, "tokens": None}))
    said = "\n".join(lines.lines(found))
    assert "nothing; tokens unknown, cost unknown" in said


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def test_a_page_tells_it_as_somebody_elses_words(target: Target) -> None:
    generation = with_opinion(make_generation(target), SAID)
    answer = signed_in("viewer").get(generation.get_absolute_url())
    shown = words(answer)
    assert "AgentCore's opinion 12 345 tokens, cost unknown, in no sum" in shown
    assert f"What {EVALUATOR} said, on a scale of its own" in shown
    assert "somebody else's words: they decide nothing here" in shown
    assert "0.25, Poor of the review" in shown
    assert "Clarity Poor of the change" in shown
    assert "<b>why</b>" not in text(answer)
    assert "&lt;b&gt;why&lt;/b&gt;" in text(answer)


def test_a_page_says_why_the_review_stands_alone(target: Target) -> None:
    generation = with_opinion(make_generation(target), SILENT)
    shown = words(signed_in("viewer").get(generation.get_absolute_url()))
    assert "AgentCore's opinion Local review alone" in shown
    assert "AgentCore fell silent at evaluate" in shown


def test_a_page_says_nothing_of_an_opinion_that_nobody_asked_for(target: Target) -> None:
    viewer = signed_in("viewer")
    for generation in (make_generation(target), make_generation(target, OPEN)):
        shown = words(viewer.get(generation.get_absolute_url()))
        assert "AgentCore" not in shown
