"""Does the stand-in refuse what the real service refuses, with its documented reason?"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ports.llm.standin.server import LARGEST_REQUEST, StandIn, authored_step, serving
from tests.ports.standin.wire import GOOD, KEY, call, told

BEDROCK = "/model/global.anthropic.claude-sonnet-5-5/invoke"
SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=x"}
TOOL = {"name": "emit", "input_schema": {"type": "object"}}


@pytest.fixture(scope="module")
def played() -> Iterator[StandIn]:
    with serving(otherwise=authored_step) as standing:
        yield standing


def shaped(schema: dict[str, Any]) -> dict[str, Any]:
    return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}


def turns(*roles: str) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": "x"} for role in roles]}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a forced tool": ({"tools": [TOOL], "tool_choice": {"type": "any"}}, "tool_choice"),
    "a forced tool by name": (
        {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "emit"}},
        "tool_choice",
    ),
    "a message of nothing": ({"messages": [{"role": "user", "content": ""}]}, "non-empty"),
    "a name of somebody else": ({"frequency_penalty": 1}, "frequency_penalty: Extra inputs"),
    "a part without a type": ({"messages": [{"role": "user", "content": [{}]}]}, "messages"),
    "a range in the schema": (shaped({"type": "integer", "minimum": 0}), "'minimum'"),
    "a schema that is open": (shaped({"type": "object"}), "additionalProperties"),
    "a schema that is open inside": (
        shaped({"type": "array", "items": {"type": "object"}}),
        "items",
    ),
    "an unknown role": ({"messages": [{"role": "boss", "content": "x"}]}, "role"),
    "effort in other words": ({"output_config": {"effort": "some"}}, "effort"),
    "more tokens than the model has": ({"max_tokens": 128_001}, "128000"),
    "no messages": ({"messages": []}, "at least one"),
    "no schema": ({"output_config": {"format": {"type": "json_schema"}}}, "schema"),
    "prefill": (turns("user", "assistant"), "prefill"),
    "system as a number": ({"system": 3}, "system"),
    "system with a wrong part": ({"system": [{"type": "image"}]}, "system"),
    "temperature": ({"temperature": 1.0}, "temperature"),
    "thinking disabled": ({"thinking": {"type": "disabled"}}, "thinking"),
    "tokens as a text": ({"max_tokens": "x"}, "max_tokens"),
    "top_k": ({"top_k": 3}, "top_k"),
    "top_p": ({"top_p": 0.9}, "top_p"),
}
TAKEN: dict[str, dict[str, Any]] = {
    "a conversation": turns("user", "assistant", "user"),
    "a free choice of tools": {"tools": [TOOL], "tool_choice": {"type": "auto"}},
    "a schema that is closed": shaped(
        {"type": "object", "properties": {}, "additionalProperties": False}
    ),
    "adaptive thinking": {"thinking": {"type": "adaptive"}},
    "cached system text": {
        "system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]
    },
    "effort": {"output_config": {"effort": "low"}},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_request_that_the_service_refuses_is_refused(played: StandIn, name: str) -> None:
    changes, words = REFUSED[name]
    response, answer = call(played.address, {**GOOD, **changes})
    assert (response.status, json.loads(answer)["type"]) == (400, "error")
    assert words in told(answer)


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_a_request_that_the_service_takes_is_taken(played: StandIn, name: str) -> None:
    response, answer = call(played.address, {**GOOD, **TAKEN[name]})
    assert response.status == 200, answer


@pytest.mark.parametrize("missing", ["max_tokens", "messages", "model"])
def test_what_is_required_is_missed(played: StandIn, missing: str) -> None:
    response, answer = call(played.address, {k: v for k, v in GOOD.items() if k != missing})
    assert response.status == 400
    assert missing in told(answer)


@pytest.mark.parametrize("model", ["claude-3-haiku-20240307", "gpt", ""])
def test_a_model_that_is_retired_or_unknown_is_not_found(played: StandIn, model: str) -> None:
    response, answer = call(played.address, {**GOOD, "model": model})
    assert (response.status, told(answer)) == (404, f"model: {model}")


def test_older_models_still_take_what_newer_ones_refuse(played: StandIn) -> None:
    forced = {"tools": [TOOL], "tool_choice": {"type": "any"}, "thinking": {"type": "disabled"}}
    response, answer = call(played.address, {**GOOD, **forced, "model": "claude-opus-5"})
    assert response.status == 200, answer


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer "}, 401),
        ({"authorization": "Basic eDp5"}, 401),
        ({"authorization": "Bearer k"}, 200),
        ({"x-api-key": "k"}, 200),
    ],
)
def test_a_key_is_asked_for(played: StandIn, headers: dict[str, str], status: int) -> None:
    given = {"anthropic-version": "2026-10-21", **headers}
    response, _ = call(played.address, headers=given)
    assert response.status == status


def test_the_version_of_the_service_is_asked_for(played: StandIn) -> None:
    response, answer = call(played.address, headers={"x-api-key": "k"})
    assert (response.status, told(answer)) == (400, "anthropic-version: header is required")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"3", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_refused(played: StandIn, raw: bytes) -> None:
    assert call(played.address, raw)[0].status == 400


def test_a_request_that_is_too_long_is_not_read(played: StandIn) -> None:
    headers = {**KEY, "content-length": str(LARGEST_REQUEST + 1)}
    response, answer = call(played.address, b"", headers=headers)
    assert (response.status, json.loads(answer)["error"]["type"]) == (413, "request_too_large")


def test_what_may_be_counted_has_no_limit_of_the_answer(played: StandIn) -> None:
    path = "/v1/messages/count_tokens"
    asked = {key: value for key, value in GOOD.items() if key != "max_tokens"}
    assert call(played.address, asked, path=path)[0].status == 200
    response, answer = call(played.address, GOOD, path=path)
    assert (response.status, told(answer)) == (400, "max_tokens: Extra inputs are not permitted")


@pytest.mark.parametrize(
    ("headers", "changes", "status", "code"),
    [
        ({}, {}, 403, "AccessDeniedException"),
        (SIGNED, {"anthropic_version": None}, 400, "ValidationException"),
        (SIGNED, {"model": "x"}, 400, "ValidationException"),
        (SIGNED, {"stream": True}, 400, "ValidationException"),
        (SIGNED, {"temperature": 1}, 400, "ValidationException"),
    ],
)
def test_bedrock_refuses_in_its_own_words(
    played: StandIn, headers: dict[str, str], changes: dict[str, Any], status: int, code: str
) -> None:
    plain = {key: value for key, value in GOOD.items() if key != "model"}
    sent = {**plain, "anthropic_version": "2026-10-21", **changes}
    response, answer = call(played.address, sent, path=BEDROCK, headers=headers)
    assert (response.status, response.headers["x-amzn-errortype"]) == (status, code)
    assert json.loads(answer)["message"]


def test_what_bedrock_shall_count_comes_in_base64(played: StandIn) -> None:
    path = BEDROCK.replace("invoke", "count-tokens")
    for sent in ({}, {"input": 3}, {"input": {"invokeModel": {"body": "%"}}}):
        assert call(played.address, sent, path=path, headers=SIGNED)[0].status == 400
