"""What may the stand-in do with one request: answer, refuse, or break off?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

End = Literal["", "EOF", "RESET"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """Describe one response.

    `text` is answered in the form that was asked for: JSON, or a stream. `events` is a stream as
    it is sent, `body` any bytes as they are sent. With `end` the connection is closed (EOF) or
    reset: before the head when there is nothing to send, else after it. `length` is the
    content-length to declare; `delay` and `pause` are seconds before the head and between events.
    `authored` leaves the answer to whoever answers when the script has ended.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    stop_reason: str | None = "end_turn"
    blocks: tuple[Mapping[str, Any], ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    events: tuple[bytes, ...] = ()
    body: bytes | None = None
    end: End = ""
    length: int | None = None
    delay: float = 0.0
    pause: float = 0.0
    authored: bool = False

    @property
    def is_message(self) -> bool:
        """Tell whether this is an answer in words, not raw bytes."""
        return self.text is not None or bool(self.blocks)


def event(kind: str, **fields: object) -> bytes:
    """Encode one server-sent event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def error_body(kind: str, message: str, code: str = "") -> bytes:
    """Encode an error as the Messages API does."""
    error: dict[str, Any] = {"type": kind, "message": message}
    if code:
        error["details"] = {"error_code": code}
    return json.dumps({"type": "error", "error": error, "request_id": None}).encode()


KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def failure(
    status: int,
    kind: str = "",
    *,
    code: str = "",
    message: str = "as the script says",
    headers: Mapping[str, str] | None = None,
) -> Step:
    """Describe an error in the provider's own shape."""
    body = error_body(kind or KINDS.get(status, "api_error"), message, code)
    return Step(status=status, headers=headers or {}, body=body)
