"""Which events does a span tell of?"""

from collections.abc import Iterable
from dataclasses import dataclass

from telemetry.doors.otlp import facts, names
from telemetry.doors.otlp.wire import KIND_SERVER, STATUS_ERROR, BadItem, Note, Span, text
from telemetry.events.schemas import AnyEvent, Feedback, TaskFailure, ToolCall

TOOL_PREFIX = "execute_tool "
MCP_CALL = "tools/call"
MCP_SENT = f"MCP send {MCP_CALL}"  # what the Python SDK calls a client's request
TASKS = {"invoke_agent": "an agent's run", "invoke_workflow": "a workflow's run"}
EVALUATION = "gen_ai.evaluation.result"
FAILED_REQUEST = "gen_ai.client.operation.exception"


class Dropped(Exception):
    """The span or record is right, and nothing that we keep."""


@dataclass(frozen=True, slots=True)
class _Error:
    """Hold what went wrong: its kind, its words, and what tells it from others still better."""

    code: str = ""
    message: str = ""
    frames: tuple[str, ...] = ()
    fingerprint: str = ""


def tool_spans(spans: Iterable[Span | BadItem]) -> dict[str, str]:
    """Return which parents within a request are tool calls, by their ids, with the tool's name."""
    found = [span for span in spans if isinstance(span, Span)]
    parents = {span.parent_id for span in found} - {""}
    return {s.span_id: _tool(s) for s in found if s.span_id in parents and is_tool_call(s)}


def events_of(span: Span, tools: dict[str, str]) -> list[AnyEvent]:
    """Return what a span tells of; raise Dropped with the reason, or BadItem."""
    found = _all_noted(span) if span.notes else []
    if is_tool_call(span):
        # An MCP client's span within the agent's own span for the same call is no second call.
        call = _tool_call(span)
        if tools.get(span.parent_id) != call.tool:
            return [call, *found]
    elif _task_failed(span) and not any(isinstance(event, TaskFailure) for event in found):
        return [_task_failure(span), *found]
    if found:
        return found
    raise Dropped(_reason(span))


def is_tool_call(span: Span) -> bool:
    """Say whether the span is an agent's use of a tool, by any of the conventions."""
    attributes = span.attributes
    if attributes.get(names.OPERATION[0]) == "execute_tool" or span.name.startswith(TOOL_PREFIX):
        return True
    if any(str(attributes.get(name, "")).lower() == "tool" for name in names.KIND):
        return True
    if text(attributes, *names.OBSERVATION).lower() == "tool":
        return True
    return (
        text(attributes, *names.METHOD) == MCP_CALL
        and span.kind != KIND_SERVER
        and not _untold(span)
    )


def _untold(span: Span) -> bool:
    """Say whether it is a client's span of MCP's Python SDK that leaves out how the call ended.

    It looks the same for a tool that failed: a client learns that from the answer alone. The
    span is left to the server, or to the agent's own; a request that was lost is told of here.
    """
    return span.name.startswith(MCP_SENT) and not _failed(span)


def _tool(span: Span) -> str:
    plain = span.name
    for prefix in (TOOL_PREFIX, f"{MCP_SENT} ", f"{MCP_CALL} "):
        plain = plain.removeprefix(prefix)
    return facts.name(text(span.attributes, *names.TOOL), plain)


def _tool_call(span: Span) -> ToolCall:
    failed = _failed(span)
    error = _error(span) if failed else _Error()
    return ToolCall(
        timestamp=facts.moment(_end(span)),
        session_id=facts.session(span.attributes, span.resource, span.trace_id),
        id=_call_id(span),
        agent=facts.agent(span.attributes, span.resource),
        tool=_tool(span),
        success=not failed,
        error_code=error.code or None,
        error_message=error.message or None,
        frames=error.frames,
        fingerprint=error.fingerprint or None,
        latency_ms=_latency(span),
    )


def _failed(span: Span) -> bool:
    attributes = span.attributes
    if span.status == STATUS_ERROR or text(attributes, *names.ERROR_TYPE):
        return True
    if text(attributes, *names.LEVEL).upper() == "ERROR":
        return True
    return any(
        name in attributes and facts.flag(attributes[name]) is False for name in names.SUCCESS
    )


def _error(span: Span) -> _Error:
    """Find what went wrong: the exception says more than the status, often a traceback."""
    thrown = next((n.attributes for n in reversed(span.notes) if n.name == "exception"), {})
    code = text(span.attributes, *names.ERROR_TYPE) or text(thrown, *names.EXCEPTION_TYPE)
    message = (
        text(thrown, *names.EXCEPTION_MESSAGE)
        or facts.first_line(span.status_message)
        or facts.first_line(text(span.attributes, *names.ERROR_MESSAGE))
    )
    stack = (
        text(thrown, *names.STACK) or text(span.attributes, *names.STACK) or span.status_message
    )
    return _Error(
        code or "error", message, facts.frames(stack), facts.fingerprint(span.attributes, thrown)
    )


def _task_failed(span: Span) -> bool:
    attributes = span.attributes
    operation = text(attributes, *names.OPERATION)
    named = operation in TASKS or span.name.partition(" ")[0] in TASKS
    agents = (*(attributes.get(name) for name in names.KIND), text(attributes, *names.OBSERVATION))
    return (named or any(str(kind).lower() == "agent" for kind in agents)) and _failed(span)


def _task_failure(span: Span) -> TaskFailure:
    error = _error(span)
    agent = facts.agent(span.attributes, span.resource)
    plain = span.name
    for prefix in TASKS:
        plain = plain.removeprefix(f"{prefix} ")
    return TaskFailure(
        timestamp=facts.moment(_end(span)),
        session_id=facts.session(span.attributes, span.resource, span.trace_id),
        id=_id(span),
        task_name=facts.name(text(span.attributes, *names.WORKFLOW), plain, agent),
        error_category=facts.name(error.code),
        retry_count=0,
        final_status="failed",
        agent=agent,
        error_message=error.message or None,
        frames=error.frames,
        fingerprint=error.fingerprint or None,
    )


def _all_noted(span: Span) -> list[AnyEvent]:
    return [event for place, note in enumerate(span.notes) for event in _noted(span, note, place)]


def _noted(span: Span, note: Note, place: int) -> list[AnyEvent]:
    """Return what an event within the span tells of."""
    if note.name not in (EVALUATION, FAILED_REQUEST):
        return []
    at = facts.moment(note.at or _end(span))
    whose = facts.agent({**span.attributes, **note.attributes}, span.resource)
    session = facts.session(span.attributes, span.resource, span.trace_id)
    own = f"{_id(span)}:{place}"
    if note.name == EVALUATION and (rating := facts.rating(note.attributes)):
        return [Feedback(timestamp=at, session_id=session, id=own, agent=whose, rating=rating)]
    if note.name == FAILED_REQUEST:
        failure = TaskFailure(
            timestamp=at,
            session_id=session,
            id=own,
            task_name=facts.name(text(span.attributes, *names.OPERATION), span.name),
            error_category=facts.name(
                text(note.attributes, *names.EXCEPTION_TYPE, *names.ERROR_TYPE)
            ),
            retry_count=0,
            final_status="failed",
            agent=whose,
            error_message=text(note.attributes, *names.EXCEPTION_MESSAGE) or None,
            frames=facts.frames(text(note.attributes, *names.STACK)),
            fingerprint=facts.fingerprint(note.attributes, span.attributes) or None,
        )
        return [failure]
    return []


def _id(span: Span) -> str:
    """Name the span for good: an exporter that sends it again means the same one."""
    if not span.trace_id or not span.span_id:
        raise BadItem("a span has no trace id or span id")
    return f"{span.trace_id}:{span.span_id}"


def _call_id(span: Span) -> str:
    """Name a call; the spans of MCP's two sides, each sent by its own, have the same name."""
    own = _id(span)
    request = text(span.attributes, *names.REQUEST)
    if not request or text(span.attributes, *names.METHOD) != MCP_CALL:
        return own
    if span.kind == KIND_SERVER and span.parent_id:
        own = f"{span.trace_id}:{span.parent_id}"
    return f"{own}:{request}:{_tool(span)}"


def _end(span: Span) -> int:
    if not (span.end or span.start):
        raise BadItem("a span has no time")
    return max(span.end, span.start)


def _latency(span: Span) -> float:
    if span.start and span.end:
        return max(0, span.end - span.start) / 1e6
    return facts.number(next((span.attributes[n] for n in names.DURATION
                              if n in span.attributes), None))  # fmt: skip


def _reason(span: Span) -> str:
    """Say why nothing of the span is kept, in words that do not vary with what it holds."""
    if is_tool_call(span):
        return "a tool call within the agent's own span for it, which is kept"
    if text(span.attributes, *names.METHOD) == MCP_CALL and _untold(span):
        return "an MCP client's span that leaves out how its call ended: its server's tells"
    if text(span.attributes, *names.METHOD):
        return "an MCP span that is no client's tool call"
    operation = text(span.attributes, *names.OPERATION)
    if operation in TASKS:
        return f"{TASKS[operation]} that did not fail"
    if operation in ("chat", "generate_content", "text_completion", "embeddings", "create_agent"):
        return f"a span of the operation {operation}"
    return "a span that is no tool call, failed run or evaluation"
