"""How does a test hand something in at a door, and read what became of it?"""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from audit.log import Actor
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import OF_DOORS, Token
from tests.telemetry.scene import add_target

ADA = Actor("person", "ada")


def issue(target: Target, *, scopes: Sequence[str] = OF_DOORS, **options: Any) -> tokens.Issued:
    """Make a token for a target."""
    return tokens.issue(
        target,
        name=options.pop("name", "planner in production"),
        scopes=scopes,
        actor=ADA,
        at=options.pop("at", timezone.now()),
        **options,
    )


@dataclass
class Knock:
    """Hold one target, its token, and a client without a session."""

    target: Target = field(default_factory=add_target)
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))
    issued: tokens.Issued = field(init=False)

    def __post_init__(self) -> None:
        """Make the token."""
        self.issued = issue(self.target)

    @property
    def token(self) -> Token:
        """Return the token as it is in the database now."""
        self.issued.token.refresh_from_db()
        return self.issued.token

    def post(
        self,
        path: str,
        body: bytes | str,
        kind: str = "application/x-ndjson",
        *,
        secret: str | None = None,
        **headers: str,
    ) -> Any:
        """Send a body with the token."""
        secret = self.issued.secret if secret is None else secret
        if secret:
            headers.setdefault("HTTP_AUTHORIZATION", f"Bearer {secret}")
        raw = body.encode() if isinstance(body, str) else body
        return self.client.generic("POST", path, raw, content_type=kind, **headers)  # type: ignore[arg-type]

    def events(self, *values: dict[str, Any], **headers: str) -> Any:
        """Send events as JSON lines."""
        return self.post("/api/events", lines(*values), **headers)


def lines(*values: dict[str, Any]) -> str:
    """Write values as JSON lines."""
    return "".join(json.dumps(value) + "\n" for value in values)


def called(number: int = 1, *, at: Any = None, **values: Any) -> dict[str, Any]:
    """Return a failing tool call as an agent's own code would send it."""
    at = at or timezone.now() - timedelta(minutes=5)
    return {
        "event_type": "tool_call",
        "timestamp": at.isoformat(),
        "session_id": f"s-{number % 7}",
        "id": f"call-{number}",
        "agent": "planner",
        "tool": "web_search",
        "success": False,
        "error_code": "timeout",
        "error_message": "upstream did not answer within 400 ms",
        "latency_ms": 402.5,
        **values,
    }


def zipped(text: str | bytes) -> bytes:
    """Compress as an exporter does."""
    return gzip.compress(text.encode() if isinstance(text, str) else text, 6)
