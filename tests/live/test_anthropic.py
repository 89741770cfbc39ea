"""Does the real service still speak as the stand-in does? It is asked only with a key."""

import json
import os

import pytest

from personas.agents import load
from personas.providers import KEY_NAME
from ports.llm import Request
from ports.llm.anthropic import AnthropicModel

KEY = os.environ.get(KEY_NAME, "").strip()
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not KEY, reason=f"{KEY_NAME} is not set: the real service is not asked"),
]
MODEL = load()["Reviewer"].model
SCHEMA = {
    "type": "object",
    "properties": {"sum": {"type": "integer", "minimum": 0}},
    "required": ["sum"],
}


@pytest.fixture
def model() -> AnthropicModel:
    return AnthropicModel(key=KEY)


def request(prompt: str, **more: object) -> Request:
    fields = {"system": "Answer as briefly as you can.", "max_tokens": 2000, "effort": "low"}
    return Request(model=MODEL, prompt=prompt, **{**fields, **more})  # type: ignore[arg-type]


def test_a_small_question_is_answered_and_counted(model: AnthropicModel) -> None:
    reply = model.complete(request("Write the word yes."))
    assert "yes" in reply.text.lower()
    assert reply.complete
    assert not reply.simulated
    assert reply.request_id
    assert reply.input_tokens > 0
    assert reply.output_tokens > 0


def test_a_structured_question_is_answered_in_its_form(model: AnthropicModel) -> None:
    reply = model.complete(request("What is 19 + 23?", schema=SCHEMA))
    assert json.loads(reply.text) == {"sum": 42}


def test_tokens_are_counted_before_they_are_paid(model: AnthropicModel) -> None:
    asked = request("word " * 500)
    counted = model.count(asked)
    assert counted is not None
    assert 400 < counted < 2000
