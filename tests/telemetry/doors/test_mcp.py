"""Is each call of a tool over MCP kept once, with its outcome, whoever of the two sides tells?

The shapes are those of MCP's Python SDK 2.3, and of a client that follows the conventions.
"""

from typing import Any

import pytest

from telemetry.models import Event
from tests.telemetry.doors.knock import Knock
from tests.telemetry.doors.otel import JSON, PARENT, SPAN, encoded, failed, span, traces

pytestmark = pytest.mark.django_db
CALL = {"mcp.method.name": "tools/call", "jsonrpc.request.id": "4"}
SERVED = {**CALL, "mcp.protocol.version": "2026-07-28", "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": "divide"}  # fmt: skip


def served(parent: str = "", **more: Any) -> dict[str, Any]:
    """Write the span of a server, within the client's where it was told of it."""
    named = {"parentSpanId": parent} if parent else {}
    return span("tools/call divide", kind=2, a={**SERVED, **more}, **named)


def sent(**more: Any) -> dict[str, Any]:
    """Write the span of the Python SDK's client: neither tool nor outcome are in it."""
    return span("MCP send tools/call divide", kind=3, a=CALL, spanId=PARENT, **more)


BAD = {"error.type": "tool_error"}


@pytest.fixture
def knock() -> Knock:
    return Knock()


def send(knock: Knock, *spans: dict[str, Any]) -> Any:
    answer = knock.post("/v1/traces", encoded(traces(*spans), JSON), JSON)
    assert answer.status_code == 200
    return answer.json()


def calls() -> list[tuple[str, bool, str]]:
    rows = Event.objects.order_by("pk")
    return [(row.component, row.success is True, row.error_code) for row in rows]


def test_a_server_tells_of_calls_and_of_tools_that_failed(knock: Knock) -> None:
    fine, bad = served(), {**served(**BAD), "spanId": "1" * 16, "status": failed()}
    send(knock, fine, bad)
    assert calls() == [("divide", True, ""), ("divide", False, "tool_error")]


def test_a_client_that_leaves_the_outcome_out_is_no_call_that_worked(knock: Knock) -> None:
    told = send(knock, sent())["partialSuccess"]["errorMessage"]
    assert "leaves out how its call ended" in told
    assert calls() == []


def test_a_request_that_was_lost_is_told_of_by_the_client(knock: Knock) -> None:
    thrown = ("exception", {"exception.type": "ConnectionError", "exception.message": "closed"})
    send(knock, sent(status=failed("closed"), notes=[thrown]))
    assert calls() == [("divide", False, "ConnectionError")]


@pytest.mark.parametrize("server_first", [True, False])
def test_both_sides_of_the_sdk_are_one_call(knock: Knock, server_first: bool) -> None:
    both = [served(PARENT, **BAD), sent()]
    for one in both if server_first else reversed(both):
        send(knock, one)
    assert calls() == [("divide", False, "tool_error")]


@pytest.mark.parametrize("server_first", [True, False])
def test_both_sides_by_the_conventions_are_one_call(knock: Knock, server_first: bool) -> None:
    client = span("tools/call divide", kind=3, spanId=PARENT, a={**SERVED, **BAD})
    both = [served(PARENT, **BAD), {**client, "endTimeUnixNano": client["startTimeUnixNano"]}]
    for one in both if server_first else reversed(both):
        send(knock, one)
    assert calls() == [("divide", False, "tool_error")]
    assert knock.token.tallies.get(door="traces").duplicates == 1


def test_two_calls_under_one_parent_are_two(knock: Knock) -> None:
    first = served(PARENT)
    again = {**served(PARENT, **{"jsonrpc.request.id": "5"}), "spanId": "1" * 16}
    send(knock, first, again)
    assert len(calls()) == 2


def test_the_sdks_client_within_the_agents_own_span_is_one_call(knock: Knock) -> None:
    own = span("execute_tool divide", spanId=SPAN)
    send(knock, sent(parentSpanId=SPAN, status=failed("closed")), {**own, "status": failed("no")})
    assert calls() == [("divide", False, "error")]


def test_calls_of_one_connection_are_one_session(knock: Knock) -> None:
    send(knock, served(**{"mcp.session.id": "m-1"}))
    assert Event.objects.get().session_id == "m-1"
