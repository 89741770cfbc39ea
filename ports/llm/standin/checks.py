"""Would the real service take this request? The answer is its documented reason, or nothing."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

from ports.llm.standin.catalogue import Known

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SAMPLING = ("temperature", "top_p", "top_k")
UNSUPPORTED = ("minimum", "maximum", "minLength", "maxLength", "multipleOf", "maxItems")
DEEPEST = 50


class Judges(NamedTuple):
    """Hold what judges a request: the SDK's own types."""

    whole: "TypeAdapter[Any]"
    messages: "TypeAdapter[Any]"
    content: "TypeAdapter[Any]"
    system: "TypeAdapter[Any]"
    names: frozenset[str]
    counted: frozenset[str]


@cache
def judges() -> Judges:
    """Load the SDK's types, which takes seconds."""
    from anthropic.types import (
        ContentBlockParam,
        MessageCountTokensParams,
        MessageParam,
        TextBlockParam,
    )
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
    from pydantic import TypeAdapter

    return Judges(
        TypeAdapter(MessageCreateParamsNonStreaming),
        # An Iterable is judged when somebody reads it, and nobody does.
        TypeAdapter(list[MessageParam]),
        TypeAdapter(list[ContentBlockParam]),
        TypeAdapter(list[TextBlockParam]),
        frozenset(get_type_hints(MessageCreateParamsNonStreaming)) | {"stream"},
        frozenset(get_type_hints(MessageCountTokensParams)),
    )


def reason_against(sent: Mapping[str, Any], known: Known, *, counting: bool = False) -> str:
    """Return why this request is answered with 400, or an empty text."""
    names = judges().counted if counting else judges().names
    if unknown := sorted(set(sent) - names - set(SAMPLING)):
        return f"{unknown[0]}: Extra inputs are not permitted"
    completed = {**sent, "max_tokens": 1} if counting else sent
    found = (check(completed, known) for check in CHECKS)
    return next((reason for reason in found if reason), "")


def _sampling(sent: Mapping[str, Any], known: Known) -> str:
    given = [name for name in SAMPLING if name in sent]
    return f"{given[0]}: this parameter is no longer supported" if given else ""


def _types(sent: Mapping[str, Any], known: Known) -> str:
    plain = {key: value for key, value in sent.items() if key != "stream"}
    lists = [("messages", judges().messages, sent.get("messages"))]
    if not isinstance(sent.get("system", ""), str):
        lists.append(("system", judges().system, sent["system"]))
    found = _mistake("", judges().whole, plain)
    for name, adapter, value in lists:
        found = found or _mistake(name, adapter, value)
    return found or _content(sent["messages"])


def _content(messages: list[Mapping[str, Any]]) -> str:
    for number, one in enumerate(messages):
        if not isinstance(one["content"], str):
            where = f"messages.{number}.content"
            if found := _mistake(where, judges().content, one["content"]):
                return found
    return ""


def _mistake(name: str, adapter: "TypeAdapter[Any]", value: object) -> str:
    from pydantic import ValidationError

    try:
        adapter.validate_python(value, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in (name, *first["loc"]) if part != "")
        return f"{where}: {first['msg']}"
    return ""


def _conversation(sent: Mapping[str, Any], known: Known) -> str:
    messages = sent["messages"]
    if not messages:
        return "messages: at least one message is required"
    if messages[-1]["role"] == "assistant":
        return "messages: this model does not support assistant prefill; end with a user message"
    if any(one.get("content") in ("", []) for one in messages):
        return "messages: text content blocks must be non-empty"
    return ""


def _limits(sent: Mapping[str, Any], known: Known) -> str:
    if not 0 <= sent["max_tokens"] <= known.max_output:
        return f"max_tokens: {sent['max_tokens']}: must be between 0 and {known.max_output}"
    return ""


def _tools(sent: Mapping[str, Any], known: Known) -> str:
    forced = sent.get("tool_choice", {}).get("type") in ("any", "tool")
    if forced and known.refuses_forced_tools:
        return "tool_choice: forcing a tool is not supported by this model"
    return ""


def _thinking(sent: Mapping[str, Any], known: Known) -> str:
    off = sent.get("thinking", {}).get("type") == "disabled"
    if off and known.refuses_disabled_thinking:
        return "thinking: `disabled` is not supported by this model"
    return ""


def _format(sent: Mapping[str, Any], known: Known) -> str:
    wanted = (sent.get("output_config") or {}).get("format")
    return _schema(wanted.get("schema"), "output_config.format.schema") if wanted else ""


def _schema(schema: object, where: str, depth: int = 0) -> str:
    """Refuse what structured answers do not support, as the SDK's own rewriting avoids it."""
    if not isinstance(schema, Mapping):
        return f"{where}: a schema is required"
    if depth > DEEPEST:
        return f"{where}: nested too deeply"
    if given := [name for name in UNSUPPORTED if name in schema]:
        return f"{where}: property '{given[0]}' is not supported"
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return (
            f"{where}: for 'object' type, 'additionalProperties' must be explicitly set to false"
        )
    properties = schema.get("properties", {})
    if not isinstance(properties, Mapping):
        return f"{where}.properties: an object is required"
    parts = [(f"{where}.{name}", part) for name, part in properties.items()]
    if "items" in schema:
        parts.append((f"{where}.items", schema["items"]))
    found = (_schema(part, name, depth + 1) for name, part in parts)
    return next((reason for reason in found if reason), "")


Check = Callable[[Mapping[str, Any], Known], str]
CHECKS: tuple[Check, ...] = (
    *(_sampling, _types, _conversation),
    *(_limits, _tools, _thinking, _format),
)
