"""Are the answers of Architect and Reviewer held to their types, and not to a likeness of them?"""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from personas.replies.contracts import MOST_FILES, Choice, Plan, Review
from personas.wording import read

PLAN: dict[str, Any] = {
    "title": "Wait longer for the index",
    "rationale": "Four sessions ran into the limit.",
    "files_to_modify": ["config/tools.yaml"],
    "steps": ["Raise the limit"],
    "expected_effect": {"tests": 0.1},
    "risk": "low",
    "out_of_scope": ["the index"],
}
CHOICE: dict[str, Any] = {**PLAN, "focus": 1, "new_files": []}
EFFECT = {"benchmark": "tests", "delta": 0.1}
FINDING = {"severity": "low", "file": "a.py", "line": 3, "rule": "edge", "message": "Say why"}
REVIEW: dict[str, Any] = {"approved": True, "score": 0.9, "findings": [FINDING], "must_fix": []}


@pytest.mark.parametrize(("shape", "fields"), [(Plan, PLAN), (Choice, CHOICE), (Review, REVIEW)])
def test_a_good_answer_is_taken(shape: type[BaseModel], fields: dict[str, Any]) -> None:
    assert shape.model_validate(fields).model_dump() == fields


def test_the_list_of_effects_that_a_model_writes_is_read() -> None:
    effects = [EFFECT, {"benchmark": "lint", "delta": -1}]
    plan = Plan.model_validate({**PLAN, "expected_effect": effects})
    assert plan.expected_effect == {"tests": 0.1, "lint": -1}
    assert Plan.model_validate({**PLAN, "expected_effect": []}).expected_effect == {}


def objects_in(schema: Any) -> Iterator[dict[str, Any]]:
    """Give every object that a schema describes."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects_in(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects_in(part)


@pytest.mark.parametrize("focus", [True, 1.0, "", None, [1], {"number": 1}])
def test_a_choice_names_what_it_is_about_by_a_number_or_a_name(focus: object) -> None:
    with pytest.raises(ValidationError):
        Choice.model_validate({**CHOICE, "focus": focus})
    assert Choice.model_validate({**CHOICE, "focus": "lint_score:F401"}).focus == "lint_score:F401"


def test_the_plan_of_a_choice_is_what_the_others_are_shown() -> None:
    assert Choice.model_validate(CHOICE).plan() == Plan.model_validate(PLAN)


@pytest.mark.parametrize("shape", [Plan, Choice, Review])
def test_a_provider_can_hold_a_model_to_the_schema(shape: type[BaseModel]) -> None:
    described = list(objects_in(shape.model_json_schema()))
    assert len(described) == 2
    for one in described:  # no provider takes free keys, and none that may be left out
        assert one["additionalProperties"] is False
        assert set(one["required"]) == set(one["properties"])


@pytest.mark.parametrize("score", [0, 1, 0.0, 1.0, 0.5])
def test_a_score_lies_between_nothing_and_one(score: float) -> None:
    assert Review.model_validate({**REVIEW, "score": score}).score == score


REVIEW_TRAPS: dict[str, dict[str, Any]] = {
    "a truth in quotes": {"approved": "false"},
    "another truth in quotes": {"approved": "true"},
    "a truth as a number": {"approved": 1},
    "no truth": {"approved": None},
    "a score in quotes": {"score": "0.5"},
    "a truth as a score": {"score": True},
    "a score above one": {"score": 1.01},
    "a score in percent": {"score": 90},
    "a score below nothing": {"score": -0.1},
    "no score": {"score": None},
    "findings as a text": {"findings": "none"},
    "findings as texts": {"findings": ["a"]},
    "a finding without a message": {"findings": [{**FINDING, "message": ""}]},
    "a finding of another severity": {"findings": [{**FINDING, "severity": "fatal"}]},
    "a line in quotes": {"findings": [{**FINDING, "line": "3"}]},
    "a line before the first": {"findings": [{**FINDING, "line": -1}]},
    "a key that nobody asked for": {"merge": True},
    "approved although something must be fixed": {"must_fix": ["the test"]},
    "no list of what must be fixed": {"must_fix": None},
    "endless findings": {"findings": [FINDING] * 51},
}
PLAN_TRAPS: dict[str, dict[str, Any]] = {
    "no title": {"title": ""},
    "no files": {"files_to_modify": []},
    "too many files": {"files_to_modify": [f"f{n}" for n in range(MOST_FILES + 1)]},
    "a file twice": {"files_to_modify": ["a", "a"]},
    "a way out": {"files_to_modify": ["../../etc/passwd"]},
    "a way out in the middle": {"files_to_modify": ["a/../../b"]},
    "an absolute path": {"files_to_modify": ["/etc/passwd"]},
    "a home": {"files_to_modify": ["~/.ssh/config"]},
    "git's folder": {"files_to_modify": [".git/config"]},
    "another system's way out": {"files_to_modify": ["..\\..\\a"]},
    "a hidden sign": {"files_to_modify": ["a\u202eb"]},
    "a path that is none": {"files_to_modify": [3]},
    "no steps": {"steps": []},
    "steps as a text": {"steps": "one"},
    "an effect in quotes": {"expected_effect": {"tests": "0.1"}},
    "an effect beyond all": {"expected_effect": {"tests": 2}},
    "a truth as an effect": {"expected_effect": {"tests": True}},
    "a benchmark twice": {"expected_effect": [EFFECT, EFFECT]},
    "an effect without a name": {"expected_effect": [{"delta": 0.1}]},
    "an effect with more": {"expected_effect": [{**EFFECT, "sure": True}]},
    "an effect of a number": {"expected_effect": [{"benchmark": 3, "delta": 0.1}]},
    "an effect of a list": {"expected_effect": [{"benchmark": [], "delta": 0.1}]},
    "an effect in a list in quotes": {"expected_effect": [{**EFFECT, "delta": "0.1"}]},
    "effects as texts": {"expected_effect": ["tests"]},
    "another risk": {"risk": "none"},
    "a key that nobody asked for": {"files": {}},
}


@pytest.mark.parametrize("name", sorted(REVIEW_TRAPS))
def test_a_likeness_of_a_review_is_none(name: str) -> None:
    with pytest.raises(ValidationError):
        Review.model_validate({**REVIEW, **REVIEW_TRAPS[name]})


@pytest.mark.parametrize("name", sorted(PLAN_TRAPS))
def test_a_likeness_of_a_plan_is_none(name: str) -> None:
    with pytest.raises(ValidationError):
        Plan.model_validate({**PLAN, **PLAN_TRAPS[name]})


@pytest.mark.parametrize(
    ("shape", "fields"), [(Plan, PLAN), (Review, REVIEW)], ids=["plan", "review"]
)
def test_every_key_is_required(shape: type[BaseModel], fields: dict[str, Any]) -> None:
    for key in fields:
        with pytest.raises(ValidationError, match=key):
            shape.model_validate({name: value for name, value in fields.items() if name != key})


@pytest.mark.parametrize(("persona", "shape"), [("architect", Plan), ("reviewer", Review)])
def test_the_prompt_names_every_key_that_is_required(persona: str, shape: type[BaseModel]) -> None:
    words = read(persona).text
    assert [key for key in shape.model_fields if f"`{key}`" not in words] == []


def test_no_answer_is_a_rejection_that_says_why() -> None:
    review = Review.refused("the answer is empty")
    assert (review.approved, review.score, review.must_fix) == (False, 0.0, [])
    assert [finding.message for finding in review.findings] == ["the answer is empty"]
    assert Review.model_validate(review.model_dump()) == review


def test_even_an_endless_reason_is_a_rejection() -> None:
    assert not Review.refused("x" * 100_000).approved


def test_a_guess_keeps_its_remarks_and_loses_its_approval() -> None:
    review = Review.model_validate(REVIEW).unapproved()
    assert (review.approved, review.score) == (False, 0.0)
    assert review.findings[0].message == "Say why"
