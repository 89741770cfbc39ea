"""Is an evaluator's opinion kept beside a review, and does the review alone decide?"""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from generations.advising.opinion import ALONE, JUDGED, KEY
from generations.models import Generation, Outcome, Reason
from generations.phases.shape import Refused, Turn
from personas.models import Exchange, Line
from personas.replies.contracts import Review
from ports.agentcore.evaluator import LARGEST
from ports.agentcore.standin.answers import JUDGES_NOTHING
from ports.llm.standin.routes import aws_failure
from ports.llm.standin.steps import Step
from targets.repository import Repository
from tests.generations.advising.asking import (
    EVALUATOR,
    answer,
    judged_by,
    noted,
    result,
    sent,
    words,
)
from tests.generations.engines import APPROVED
from tests.generations.scene import Scene, make_scene, plan

pytestmark = pytest.mark.django_db
SECRET = "ghp_" + "a1B2c3D4" * 5
REFUSED = Review(approved=False, score=0.1, findings=[], must_fix=["It is wrong."])
UNSURE = APPROVED.model_copy(update={"score": 0.2})


@pytest.fixture
def scene(tmp_path: Path, settings: LazySettings) -> Scene:
    return make_scene(tmp_path, settings)


def at_review(scene: Scene, **wish: Any) -> Generation:
    """Walk a generation until its review is next."""
    return scene.until(scene.begin(**wish), "review")


def test_an_opinion_that_agrees_stands_beside_the_review(
    scene: Scene, settings: LazySettings
) -> None:
    generation = at_review(scene)
    whole = result(generation, "", evaluationDimensionName="Clarity", value=None)
    with judged_by(settings, answer(result(generation), whole)) as played:
        generation = scene.finish(generation)
        assert len(played.asked) == 1
    assert generation.outcome == Outcome.ACCEPTED
    assert noted(generation) == {
        "outcome": JUDGED,
        "evaluator": EVALUATOR,
        "reason": "",
        "opinions": [
            {
                "about": "review",
                "dimension": "",
                "value": 0.9,
                "label": "Very good",
                "explanation": "The change does what the plan says.",
            },
            {
                "about": "generation",
                "dimension": "Clarity",
                "value": None,
                "label": "Very good",
                "explanation": "The change does what the plan says.",
            },
        ],
        "tokens": 2468,
        "usd": None,
    }
    assert not Exchange.objects.exists()  # it is no call of a model of ours,
    assert not Line.objects.exists()  # and in no sum


def test_a_low_opinion_lowers_nothing(scene: Scene, settings: LazySettings) -> None:
    generation = at_review(scene)
    low = result(generation, value=0.0, label="Very bad", explanation="Reject it at once.")
    with judged_by(settings, answer(low)):
        generation = scene.finish(generation)
    assert (generation.outcome, generation.review_score) == (Outcome.ACCEPTED, APPROVED.score)
    assert generation.review == APPROVED.model_dump(mode="json")
    assert noted(generation)["opinions"][0]["value"] == 0.0


@pytest.mark.parametrize("review", [REFUSED, UNSURE])
def test_a_high_opinion_approves_nothing_that_the_reviewer_did_not(
    tmp_path: Path, settings: LazySettings, review: Review
) -> None:
    scene = make_scene(tmp_path, settings).with_engine(review_=review)
    generation = at_review(scene)
    with judged_by(settings, answer(result(generation, value=1.0, label="Approved"))):
        generation = scene.finish(generation)
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.REVIEW)
    assert noted(generation)["outcome"] == JUDGED


FAULTS: dict[str, tuple[Step, str]] = {
    "denied": (aws_failure(403, "AccessDeniedException", "not you"), "denied, Acc"),
    "throttled": (aws_failure(429, "ThrottlingException"), "error, ThrottlingException"),
    "no such evaluator": (aws_failure(404, "ResourceNotFoundException"), "error, ResourceNot"),
    "silent": (Step(body=b"{}", delay=3), "unreachable, timeout"),
    "reset": (Step(end="RESET"), "unreachable, connection"),
    "garbage": (Step(body=b"<html>"), "error, bad_body"),
    "half an object": (Step(body=b'{"evaluationResults": [{'), "error, bad_body"),
    "no results": (answer(), "error, no_results"),
    "a result without an end": (answer({"evaluatorId": EVALUATOR}), "error, bad_body"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_where_it_gives_nothing_the_local_review_stands_alone_and_says_why(
    scene: Scene, settings: LazySettings, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    step, reason = FAULTS[name]
    generation = at_review(scene)
    with judged_by(settings, step, call_seconds=1 if name == "silent" else 10) as played:
        generation = scene.until(generation, "measure")
        assert len(played.asked) == 1
    found = noted(generation)
    assert (found["outcome"], found["opinions"], found["tokens"]) == (ALONE, [], None)
    assert found["reason"].startswith(reason)
    assert "the local review stands alone" in caplog.text
    review = generation.runs.get(phase="review")
    assert (review.result, review.message) == ("PASSED", "Approved with 0.90.")
    assert generation.review_score == APPROVED.score


def test_of_half_an_answer_nothing_is_kept(scene: Scene, settings: LazySettings) -> None:
    generation = at_review(scene)
    failed = result(generation, "plan", value=None, label=None, errorMessage="out of tokens")
    with judged_by(settings, answer(result(generation), failed)):
        generation = scene.until(generation, "measure")
    found = noted(generation)
    assert (found["outcome"], found["opinions"]) == (ALONE, [])
    assert found["reason"].endswith("the evaluator failed: out of tokens")


@pytest.mark.parametrize("chosen", [{"enabled": False}, {"evaluator_id": ""}])
def test_unless_an_evaluator_is_named_nothing_is_sent_or_noted(
    scene: Scene, settings: LazySettings, chosen: dict[str, Any]
) -> None:
    generation = at_review(scene)
    with judged_by(settings, **chosen) as played:
        generation = scene.until(generation, "measure")
        assert not played.asked
    assert KEY not in generation.runs.get(phase="review").details


def test_by_default_nobody_is_asked(scene: Scene, settings: LazySettings) -> None:
    generation = at_review(scene)
    assert not settings.SELFIMPROVE.agentcore.enabled
    generation = scene.until(generation, "measure")
    assert KEY not in generation.runs.get(phase="review").details


def test_the_stand_in_says_that_it_judges_nothing(scene: Scene, settings: LazySettings) -> None:
    generation = at_review(scene)
    with judged_by(settings):
        generation = scene.until(generation, "measure")
    (opinion,) = noted(generation)["opinions"]
    assert (opinion["label"], opinion["explanation"]) == ("Stand-in", JUDGES_NOTHING)
    assert opinion["about"] == "generation"


def test_plan_change_and_review_go_along_and_nothing_that_names_a_person(
    scene: Scene, settings: LazySettings
) -> None:
    generation = at_review(scene, brief="Ada wants this\nby Friday")
    with judged_by(settings) as played:
        scene.until(generation, "measure")
        spans = sent(played)
        whole = json.dumps(played.requests, default=str)
    names = [one["attributes"]["gen_ai.agent.name"] for one in spans]
    assert names == ["Rule engine"] * 3
    planned, built, judged = spans
    assert "Leave out an import" in words(planned, "output")
    assert words(built, "output").startswith("diff --git a/shop/prices.py b/shop/prices.py\n")
    assert "-import os\n" in words(judged, "input")
    assert json.loads(words(judged, "output"))["score"] == APPROVED.score
    assert all(one["startTimeUnixNano"] <= one["endTimeUnixNano"] for one in spans)
    for personal in ("Ada wants", "Friday", "ada", str(scene.folder)):
        assert personal not in whole
    assert scene.target.slug not in {one["attributes"]["session.id"] for one in spans}


def rewritten(scene: Scene, generation: Generation, text: str, **columns: Any) -> None:
    """Let the change that is to be reviewed be a new file with this text."""
    lines = text.split("\n")
    body = "".join(f"+{line}\n" for line in lines)
    diff = f"--- /dev/null\n+++ b/shop/more.py\n@@ -0,0 +1,{len(lines)} @@\n{body}"
    change = Repository.of(scene.target).apply(generation.base_commit, diff)
    given = {"diff": change.diff, "diff_digest": change.digest, "tree": change.tree, **columns}
    Generation.objects.filter(pk=generation.pk).update(**given)
    generation.refresh_from_db()


def test_secrets_are_not_sent_and_what_hides_text_is_written_out(
    scene: Scene, settings: LazySettings
) -> None:
    path = "/home/jane.doe/work/shop"
    said = APPROVED.model_copy(update={"must_fix": [f"Use {SECRET} of {path}"]})
    scene.with_engine(review_=said)
    generation = at_review(scene)
    told = plan(rationale=f"The key {SECRET} is in {path}.").model_dump(mode="json")
    rewritten(scene, generation, f"# {SECRET}\u202e {path}\nprint()", plan=told)
    with judged_by(settings) as played:
        scene.until(generation, "measure")
        assert len(played.asked) == 1
        spans = sent(played)
    whole = json.dumps(spans, ensure_ascii=False)
    assert SECRET not in whole
    assert "jane.doe" not in whole
    assert "/home/[...]/[...]" in words(spans[0], "output")
    assert "\u202e" not in whole
    assert "\\u202e" in words(spans[1], "output")


def test_a_conversation_that_is_too_large_is_not_sent_in_part(
    scene: Scene, settings: LazySettings
) -> None:
    generation = at_review(scene)
    rewritten(scene, generation, "\n".join(f"x = {n}" for n in range(LARGEST // 10)))
    with judged_by(settings) as played:
        generation = scene.until(generation, "measure")
        assert not played.asked
    found = noted(generation)
    assert found["outcome"] == ALONE
    assert "too_large" in found["reason"]
    assert "nothing was sent" in found["reason"]


def test_what_it_says_is_kept_as_words_of_one_line_without_secrets(
    scene: Scene, settings: LazySettings
) -> None:
    generation = at_review(scene)
    end = "" if connection.vendor == "postgresql" else "\0"  # which keeps none
    said = f"Approve\n\u202ethis, {SECRET}{end} <b>now</b>" + " and more" * 999
    label = f"Good\n{SECRET}"
    with judged_by(settings, answer(result(generation, explanation=said, label=label))):
        generation = scene.until(generation, "measure")
    (opinion,) = noted(generation)["opinions"]
    assert SECRET not in json.dumps(opinion)
    assert opinion["explanation"].startswith("Approve this, ")
    assert opinion["explanation"].isprintable()
    assert len(opinion["explanation"]) <= 2048
    assert opinion["label"].isprintable()


def test_a_review_that_is_made_again_is_judged_again_and_the_latest_counts(
    scene: Scene, settings: LazySettings
) -> None:
    generation = at_review(scene)
    denied = aws_failure(403, "AccessDeniedException")
    with judged_by(settings, denied, answer(result(generation))) as played:
        generation = scene.until(generation, "measure")
        Generation.objects.filter(pk=generation.pk).update(phase="review")
        generation.refresh_from_db()
        generation = scene.until(generation, "measure")
        assert len(played.asked) == 2
    first, second = generation.runs.filter(phase="review")
    assert (first.details[KEY]["outcome"], second.details[KEY]["outcome"]) == (ALONE, JUDGED)


def test_an_engine_that_gives_no_review_has_nothing_judged(
    scene: Scene, settings: LazySettings
) -> None:
    def refuse(phase: str, _turn: Turn) -> None:
        if phase == "review":
            raise Refused(Reason.TOO_LARGE, "Nobody has looked at it.")

    scene.with_engine(first=refuse)
    generation = at_review(scene)
    with judged_by(settings) as played:
        generation = scene.finish(generation)
        assert not played.asked
    assert generation.reason_kind == Reason.TOO_LARGE
