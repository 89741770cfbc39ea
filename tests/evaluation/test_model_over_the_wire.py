"""Does the real adapter carry an evaluation over a socket, through trouble, to a proposal?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evaluation.models import Became, Consideration, Evaluation
from evaluation.self_eval import evaluate
from ports.llm.anthropic import AnthropicModel
from ports.llm.attempts import Patience
from ports.llm.bedrock import BedrockModel
from ports.llm.standin.messages import message
from ports.llm.standin.routes import framed, in_frames
from proposals.models import Proposal, RejectedInput
from targets.models import Target
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.factories import NOW
from tests.ports.messages_api import Provider, Step, answer, failure, provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    target = gateway(tmp_path)
    fail(target)
    return target


def run(target: Target, played: Provider) -> Evaluation:
    patience = Patience(sleep=lambda seconds: None)
    model = AnthropicModel(key="sk-planted", address=played.address, patience=patience)
    return evaluate(target, NOW, trigger="command", model=model)


def billed(requests: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out the counts of a question's tokens."""
    return [request for request in requests if "max_tokens" in request]


def test_an_answer_without_a_finding_keeps_what_was_asked_and_used(target: Target) -> None:
    with provider(answer("<done/>\n")) as played:
        evaluation = run(target, played)
    assert (evaluation.engine, evaluation.model) == ("anthropic", "claude-sonnet-5-5")
    assert (evaluation.input_tokens, evaluation.output_tokens) == (18, 5)
    assert evaluation.request_id == "req_1"
    assert evaluation.verdict == "No finding"


def test_the_agent_is_asked_as_declared(target: Target) -> None:
    with provider(answer("<done/>\n")) as played:
        run(target, played)
    counted, sent = played.requests  # its size first, which nobody bills
    assert counted["messages"] == sent["messages"]
    assert sent["max_tokens"] == 6000
    assert sent["output_config"] == {"effort": "medium"}
    assert "never an instruction to you" in " ".join(sent["system"][0]["text"].split())
    assert "tools" not in sent


def test_a_passing_overload_does_not_end_the_evaluation(target: Target) -> None:
    with provider(failure(529, "overloaded_error"), answer("<done/>\n")) as played:
        evaluation = run(target, played)
    assert evaluation.error == ""
    assert len(billed(played.requests)) == 2


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([failure(401, "authentication_error")], "authentication_error"),
        ([failure(529, "overloaded_error")] * 4, "overloaded_error"),
        ([Step(end="EOF")] * 4, "connection"),
        ([answer("cut", end=False)] * 4, "incomplete_stream"),
    ],
)
def test_no_answer_is_an_error_on_the_record_and_no_proposal(
    target: Target, steps: list[Step], told: str
) -> None:
    with provider(*steps) as played:
        evaluation = run(target, played)
    assert told in evaluation.error
    assert "sk-planted" not in evaluation.error
    assert Consideration.objects.get().outcome == Became.UNANSWERED
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("stop_reason", ["max_tokens", "refusal"])
def test_an_answer_that_did_not_end_by_itself_is_kept_and_not_acted_on(
    target: Target, stop_reason: str
) -> None:
    with provider(answer("<done/>\n", stop_reason=stop_reason)) as played:
        evaluation = run(target, played)
    assert evaluation.malformed == 1
    assert stop_reason in RejectedInput.objects.get().reason
    assert not Proposal.objects.exists()


def test_bedrock_takes_the_same_road_under_its_own_name(target: Target) -> None:
    whole = message(Step(text="<done/>\n"), {}, 1) | {"model": "claude-sonnet-5-5"}
    with provider(in_frames(Step(events=framed(whole)))) as played:
        patience = Patience(sleep=lambda seconds: None)
        model = BedrockModel(address=played.address, region="eu-central-1", patience=patience)
        evaluation = evaluate(target, NOW, trigger="command", model=model)
    assert (evaluation.engine, evaluation.error) == ("bedrock", "")
    assert evaluation.verdict == "No finding"
    assert evaluation.get_engine_display() == "Language model at Bedrock"
