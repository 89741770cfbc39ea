"""How does a test have an evaluator at a stand-in judge a generation of its own?"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import LazySettings
from pytest_django import Settings

from generations.advising.opinion import KEY
from generations.advising.spans import trace_of
from generations.models import Generation
from ports.llm.standin.server import StandIn, serving
from ports.llm.standin.steps import Step

EVALUATOR = "Builtin.Correctness"


@contextmanager
def judged_by(settings: LazySettings | Settings, *steps: Step, **chosen: Any) -> Iterator[StandIn]:
    """Let an evaluator be asked that answers so."""
    with serving(services=steps) as played:
        point(settings, played, **chosen)
        yield played


def point(settings: LazySettings | Settings, played: StandIn, **chosen: Any) -> None:
    """Let an evaluator be asked at this stand-in."""
    there = {"enabled": True, "address": played.address, "evaluator_id": EVALUATOR}
    current = settings.SELFIMPROVE
    section = current.agentcore.model_copy(update={**there, **chosen})
    settings.SELFIMPROVE = current.model_copy(update={"agentcore": section})


def result(generation: Generation, part: str = "review", **changes: Any) -> dict[str, Any]:
    """Write a result about one part of a generation; what is None is left out."""
    session = f"generation-{generation.pk}"
    about = {"sessionId": session, "traceId": trace_of(session, part)}
    whole: dict[str, Any] = {
        "evaluatorArn": f"arn:aws:bedrock-agentcore:::evaluator/{EVALUATOR}",
        "evaluatorId": EVALUATOR,
        "evaluatorName": EVALUATOR,
        "context": {"spanContext": about if part else {"sessionId": session}},
        "value": 0.9,
        "label": "Very good",
        "explanation": "The change does what the plan says.",
        "tokenUsage": {"inputTokens": 1100, "outputTokens": 134, "totalTokens": 1234},
    }
    return {name: one for name, one in {**whole, **changes}.items() if one is not None}


def answer(*results: Mapping[str, Any]) -> Step:
    """Answer with these results."""
    return Step(body=json.dumps({"evaluationResults": results}).encode())


def noted(generation: Generation) -> dict[str, Any]:
    """Return what the latest review noted of an opinion."""
    found: dict[str, Any] = generation.runs.filter(phase="review").latest("id").details[KEY]
    return found


def sent(played: StandIn) -> list[dict[str, Any]]:
    """Return the spans of the only request."""
    (one,) = played.requests
    spans: list[dict[str, Any]] = one["evaluationInput"]["sessionSpans"]
    return spans


def words(span: Mapping[str, Any], way: str) -> str:
    """Return the question (input) or the answer (output) of a span."""
    (message,) = json.loads(span["attributes"][f"gen_ai.{way}.messages"])
    return str(message["parts"][0]["content"])
