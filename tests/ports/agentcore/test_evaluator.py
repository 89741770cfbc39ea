"""Is an evaluator's answer taken whole, with nothing in it that is half, odd or another's?"""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ports.agentcore import Failed, Judged, Opinion, State
from ports.agentcore.evaluator import LARGEST, LONGEST_EXPLANATION, MOST_RESULTS, HostedEvaluator
from ports.agentcore.options import AgentCore
from ports.agentcore.standin.answers import JUDGES_NOTHING
from ports.llm.standin.routes import aws_failure
from ports.llm.standin.server import StandIn, serving
from ports.llm.standin.steps import Step
from ports.stopping import CalledOff, stoppable

SESSION = "generation-7"
SPANS = [{"traceId": "1" * 32, "attributes": {"session.id": SESSION}}]
TOKENS = {"inputTokens": 900, "outputTokens": 100, "totalTokens": 1000}


def result(**changes: Any) -> dict[str, Any]:
    """Write a result as the service describes it; what is None is left out."""
    whole: dict[str, Any] = {
        "evaluatorArn": "arn:aws:bedrock-agentcore:::evaluator/Builtin.Correctness",
        "evaluatorId": "Builtin.Correctness",
        "evaluatorName": "Builtin.Correctness",
        "context": {"spanContext": {"sessionId": SESSION, "traceId": "1" * 32}},
        "value": 0.8,
        "label": "Good",
        "explanation": "It says why.",
        "tokenUsage": TOKENS,
    }
    return {name: one for name, one in {**whole, **changes}.items() if one is not None}


def answer(*results: Any) -> Step:
    return Step(body=json.dumps({"evaluationResults": list(results)}).encode())


def options(address: str, **chosen: Any) -> AgentCore:
    given = {"enabled": True, "address": address, "evaluator_id": "Builtin.Correctness"}
    return AgentCore(**{**given, "call_seconds": 10, **chosen})


def asked(step: Step, spans: list[dict[str, Any]] = SPANS, **chosen: Any) -> Judged:
    with serving(services=[step]) as played:
        evaluator = HostedEvaluator(options(played.address, **chosen))
        return evaluator.evaluate(spans, session=SESSION)


@pytest.fixture
def played() -> Iterator[StandIn]:
    with serving() as found:
        yield found


def test_a_request_is_one_that_the_description_allows_and_holds_the_spans(played: StandIn) -> None:
    judged = HostedEvaluator(options(played.address)).evaluate(SPANS, session=SESSION)
    (one,) = played.asked
    assert (one.status, one.path) == (200, "/evaluations/evaluate/Builtin.Correctness")
    assert played.requests[0]["evaluationInput"] == {"sessionSpans": SPANS}
    (opinion,) = judged.opinions
    assert (opinion.label, opinion.explanation) == ("Stand-in", JUDGES_NOTHING)
    assert judged.tokens is None  # it used none, and does not say so


@pytest.mark.parametrize("odd", [7, None, [], "span", {"attributes": []}, {"attributes": {}}])
def test_the_stand_in_takes_whatever_the_description_lets_pass(played: StandIn, odd: Any) -> None:
    evaluator = HostedEvaluator(options(played.address))
    assert evaluator.evaluate([odd, *SPANS], session=SESSION).opinions
    assert {one.status for one in played.asked} == {200}


def test_a_whole_answer_is_read_to_its_last_field() -> None:
    judged = asked(answer(result(evaluationDimensionName="Clarity"), result(value=None)))
    assert judged.opinions == [
        Opinion("1" * 32, "Clarity", 0.8, "Good", "It says why."),
        Opinion("1" * 32, "", None, "Good", "It says why."),
    ]
    assert judged.tokens == 2000


@pytest.mark.parametrize("value", [0, 1, 5, -3, 0.0, 1e9])
def test_every_scale_is_its_owners(value: float) -> None:
    (opinion,) = asked(answer(result(value=value, label=None))).opinions
    assert (opinion.value, opinion.label) == (value, "")


@pytest.mark.parametrize(
    "usage",
    [
        *(None, {}, {"totalTokens": None}, {"inputTokens": 4}, {"totalTokens": -1}),
        {"totalTokens": 10**30},
    ],
)
def test_tokens_that_one_result_does_not_tell_are_unknown_of_all(usage: Any) -> None:
    assert asked(answer(result(), result(tokenUsage=usage))).tokens is None


def test_an_explanation_without_an_end_is_cut() -> None:
    (opinion,) = asked(answer(result(explanation="x" * 2_000_000))).opinions
    assert len(opinion.explanation) == LONGEST_EXPLANATION


OTHER = {"spanContext": {"sessionId": "generation-8"}}
HALVES: Mapping[str, tuple[list[Any], str]] = {
    "no result": ([], "no_results"),
    "an error": ([result(errorCode="ModelError", errorMessage="no")], "evaluation_failed"),
    "an error's code alone": ([result(errorCode="ModelError")], "evaluation_failed"),
    "one good, one error": ([result(), result(errorMessage="no")], "evaluation_failed"),
    "neither value nor label": ([result(value=None, label=None)], "half_an_answer"),
    "a blank label": ([result(value=None, label=" ")], "half_an_answer"),
    "another session": ([result(context=OTHER)], "another_session"),
    "no context": ([result(context=None)], "bad_body"),
    "an empty context": ([result(context={})], "bad_body"),
    "a value in words": ([result(value="0.8 of 1")], "bad_body"),
    "no number": ([result(value=float("nan"))], "bad_body"),
    "a number without an end": ([result(value=float("inf"))], "bad_body"),
    "a number that no computer holds": ([result(value=10**400)], "bad_body"),
    "a label that is a list": ([result(label=["Good"])], "bad_body"),
    "an explanation that is a number": ([result(explanation=7)], "bad_body"),
    "a trace that is an object": (
        [result(context={"spanContext": {"sessionId": SESSION, "traceId": {}}})],
        "bad_body",
    ),
    "a result that is a text": (["fine"], "bad_body"),
    "a result that is nothing": ([None], "bad_body"),
    "more than anybody reads": ([result()] * (MOST_RESULTS + 1), "too_many_results"),
}


@pytest.mark.parametrize("name", HALVES)
def test_half_an_answer_is_none(name: str) -> None:
    results, kind = HALVES[name]
    with pytest.raises(Failed) as caught:
        asked(answer(*results))
    assert (caught.value.state, caught.value.kind) == (State.ERROR, kind)
    assert caught.value.told.isprintable()
    assert len(caught.value.told) < 400


def test_a_refusal_in_a_result_steers_no_terminal() -> None:
    with pytest.raises(Failed) as caught:
        asked(answer(result(errorMessage="no\n\x1b[31mright" + "x" * 9999)))
    assert caught.value.told.isprintable()
    assert len(caught.value.told) < 400


def test_what_is_too_large_is_not_sent_in_part(played: StandIn) -> None:
    evaluator = HostedEvaluator(options(played.address))
    with pytest.raises(Failed, match="nothing was sent") as caught:
        evaluator.evaluate([{"x": "y" * LARGEST}], session=SESSION)
    assert (caught.value.state, caught.value.kind) == (State.ERROR, "too_large")
    evaluator.evaluate([{**SPANS[0], "x": "y" * (LARGEST - 1000)}], session=SESSION)
    assert len(played.asked) == 1


def test_without_an_evaluator_nothing_is_sent(played: StandIn) -> None:
    for chosen, kind in (({"evaluator_id": ""}, "no_id"), ({"enabled": False}, "disabled")):
        with pytest.raises(Failed) as caught:
            HostedEvaluator(options(played.address, **chosen)).evaluate(SPANS, session=SESSION)
        assert (caught.value.state, caught.value.kind) == (State.NOT_CONFIGURED, kind)
    assert not played.asked


def test_a_refusal_is_heard_through_the_thread_that_waits_for_it() -> None:
    with stoppable(lambda: False), pytest.raises(Failed) as caught:
        asked(aws_failure(403, "AccessDeniedException"))
    assert caught.value.state == State.DENIED


def test_whoever_is_called_off_does_not_wait_for_it() -> None:
    over = threading.Event()
    timer = threading.Timer(0.5, over.set)
    with serving(services=[Step(body=b"{}", delay=5)]) as played:
        evaluator = HostedEvaluator(options(played.address, call_seconds=300))
        timer.start()
        began = time.monotonic()
        with stoppable(over.is_set), pytest.raises(CalledOff):
            evaluator.evaluate(SPANS, session=SESSION)
        took = time.monotonic() - began
    timer.join()
    assert took < 300 / 2  # a bound of a hang
