"""Are tokens counted by the provider, and is an unanswered question told from a refused one?"""

from dataclasses import replace

import pytest

from ports.llm import PermanentError
from ports.llm.anthropic import AnthropicModel
from ports.llm.standin.server import serving
from ports.llm.standin.steps import Step, failure
from tests.ports.fault_rows import REQUEST, Clock


def count(*steps: Step, silence: float = 30.0) -> tuple[int | None, int]:
    clock = Clock()
    with serving(counting=steps) as played:
        patience = clock.patience(silence=silence)
        model = AnthropicModel(key="k", address=played.address, patience=patience)
        counted = model.count(REQUEST)
    assert clock.slept == []
    return counted, len(played.asked)


def test_the_provider_counts_what_would_be_sent() -> None:
    schema = {"type": "object", "properties": {}}
    with serving(counting=[Step(body=b'{"input_tokens": 41}')]) as played:
        model = AnthropicModel(key="k", address=played.address)
        assert model.count(replace(REQUEST, schema=schema)) == 41
    (asked,) = played.asked
    assert asked.path == "/v1/messages/count_tokens"
    assert set(asked.body) == {"model", "system", "messages", "output_config"}


@pytest.mark.parametrize(
    "step",
    [
        Step(end="EOF"),
        Step(end="RESET"),
        Step(body=b"<html>"),
        Step(body=b"<html>", headers={"content-type": "text/html"}),
        Step(body=b'{"input_tokens": "many"}'),
        Step(body=b"{}"),
        Step(body=b'{"input_tokens": -1}'),
        failure(429),
        failure(500),
        failure(529),
    ],
)
def test_what_nobody_counted_is_not_a_number(step: Step) -> None:
    assert count(step) == (None, 1)


def test_a_silent_provider_is_not_waited_for() -> None:
    assert count(Step(body=b"{}", delay=1.0), silence=0.3) == (None, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_a_question_that_will_be_refused_is_refused_already(status: int) -> None:
    with pytest.raises(PermanentError):
        count(failure(status))


@pytest.mark.parametrize(
    "schema",
    [{}, {"type": "object", "properties": 3}, {"type": "object", "properties": {"a": {}}}],
)
def test_a_schema_that_cannot_be_asked_for_is_refused_before_any_call(
    schema: dict[str, object],
) -> None:
    with serving() as played:
        model = AnthropicModel(key="k", address=played.address)
        with pytest.raises(PermanentError, match="bad_schema"):
            model.complete(replace(REQUEST, schema=schema))
    assert not played.asked
