"""How does a conversation between agents read as the spans of one OpenTelemetry session?"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# A scope of this prefix is read by the conventions for generative AI, whichever program wrote it.
SCOPE = "opentelemetry.instrumentation.selfimprove"


@dataclass(frozen=True)
class Said:
    """Hold one turn: which part it made, who was asked what, and what the answer was."""

    part: str
    agent: str
    asked: str
    answered: str
    began: datetime
    ended: datetime


def trace_of(session: str, part: str) -> str:
    """Return the id of the trace that one part of a session is."""
    return _digest(session, part)[:32]


def spans(session: str, turns: Sequence[Said]) -> list[dict[str, Any]]:
    """Write each turn as a trace of one span, which holds its question and its answer."""
    return [_span(session, turn) for turn in turns]


def _span(session: str, turn: Said) -> dict[str, Any]:
    return {
        "traceId": trace_of(session, turn.part),
        "spanId": _digest(session, turn.part, "span")[:16],
        "name": f"invoke_agent {turn.agent}",
        "kind": "INTERNAL",
        "scope": {"name": SCOPE},
        "startTimeUnixNano": _nanoseconds(turn.began),
        "endTimeUnixNano": _nanoseconds(turn.ended),
        "attributes": {
            "session.id": session,
            "gen_ai.conversation.id": session,
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": turn.agent,
            "gen_ai.input.messages": _message("user", turn.asked),
            "gen_ai.output.messages": _message("assistant", turn.answered),
        },
        "status": {"code": "OK"},
    }


def _message(role: str, text: str) -> str:
    message = {"role": role, "parts": [{"type": "text", "content": text}]}
    return json.dumps([message], ensure_ascii=False)


def _digest(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()


def _nanoseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000) * 1000
