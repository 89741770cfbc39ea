"""Which other addresses under /api/ are there, so that one description names them all?"""

from typing import Any

from telemetry.doors.models import Scope

RECEIPT: dict[str, Any] = {
    "type": "object",
    "required": ["accepted", "duplicates", "rejected", "problems"],
    "properties": {
        "accepted": {"type": "integer"},
        "duplicates": {"type": "integer"},
        "rejected": {"type": "integer"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"index": {"type": "integer"}, "reason": {"type": "string"}},
            },
        },
    },
}
_HANDING_IN = (
    ("/api/events", "handInEvents", "Hand events in.", Scope.EVENTS),
    ("/api/reflections", "handInReflections", "Say what worked and failed.", Scope.REFLECTIONS),
    ("/api/error-reports", "handInErrors", "Hand error reports in.", Scope.ERROR_REPORTS),
)
_OTHERS = (  # their form is another product's
    ("/api/public/otel/v1/traces", "handInTraces", "Take spans as Langfuse's SDK sends them."),
    ("/api/public/scores", "handInScores", "Take scores as Langfuse's SDK sends them."),
)
_ASKING = (  # of the token's target; docs/generations.md tells what they answer
    ("/api/generations", "listGenerations", "List generations.", Scope.METRICS),
    ("/api/generations/schema", "getReportSchema", "Give the schema of reports.", Scope.METRICS),
    ("/api/generations/{number}", "getReport", "Give one report.", Scope.PROPOSALS_READ),
)


def described(problem: Any) -> dict[str, Any]:
    """Describe the doors for telemetry and the figures, which docs/connect.md explains."""
    paths = {
        path: {"post": _lines(name, does, scope, problem)}
        for path, name, does, scope in _HANDING_IN
    }
    paths |= {path: {"post": _foreign(name, does, problem)} for path, name, does in _OTHERS}
    paths |= {
        path: {"get": _asking(name, does, scope, problem)} for path, name, does, scope in _ASKING
    }
    return paths | {"/api/spending": {"get": _spending(problem)}}


def _lines(name: str, does: str, scope: Scope, problem: Any) -> dict[str, Any]:
    item: dict[str, Any] = {"type": "object"}
    receipt = {"content": {"application/json": {"schema": RECEIPT}}}
    return {
        "operationId": name,
        "summary": does,
        "description": f"Scope of the token: `{scope}`.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "array", "items": item}},
                "application/x-ndjson": {"schema": {"type": "string"}},
            },
        },
        "responses": {
            "200": {"description": "All were kept.", **receipt},
            "207": {"description": "Some were wrong.", **receipt},
            "400": {"description": "None was right.", **receipt},
            **_refusals(problem),
        },
    }


def _foreign(name: str, does: str, problem: Any) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": does,
        "description": f"Scope of the token: `{Scope.OTLP}`.",
        "responses": {"200": {"description": "It was taken."}, **_refusals(problem)},
    }


def _asking(name: str, does: str, scope: Scope, problem: Any) -> dict[str, Any]:
    found = {"content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "operationId": name,
        "summary": does,
        "description": f"Scope of the token: `{scope}`.",
        "responses": {
            "200": {"description": "What was asked for.", **found},
            "404": {"description": "There is none.", **found},
            **_refusals(problem),
        },
    }


def _spending(problem: Any) -> dict[str, Any]:
    figures = {"content": {"application/json": {"schema": {"type": "object"}}}}
    month = {"name": "month", "in": "query", "schema": {"type": "string"}}
    return {
        "operationId": "getSpending",
        "summary": "Tell what the target's language models cost.",
        "description": f"Scope of the token: `{Scope.METRICS}`.",
        "parameters": [month],
        "responses": {"200": {"description": "The figures.", **figures}, **_refusals(problem)},
    }


def _refusals(problem: Any) -> dict[str, Any]:
    said = {"content": {"application/json": {"schema": problem}}}
    return {
        str(status): {"description": words, **said}
        for status, words in (
            (401, "There is no token, or it does not open."),
            (403, "The token is for something else."),
            (429, "Too much at once."),
            (503, "The database is busy or away."),
        )
    }
