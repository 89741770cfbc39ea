"""How does a test call the API as a program does: with a token, in JSON?"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import Scope
from tests.factories import make_user
from tests.mcp.tokens import issue

READER = (Scope.PROPOSALS_READ, Scope.PROPOSALS_WRITE, Scope.CHANGES_CHECK)
DECIDER = (Scope.PROPOSALS_READ, Scope.PROPOSALS_DECIDE, Scope.CHANGES_CHECK)


@dataclass
class Program:
    """Hold a token and whoever it acts for."""

    issued: tokens.Issued
    person: User

    def get(self, path: str, **more: Any) -> Any:
        return Client().get(f"/api/{path}", more, headers=self.headers())

    def post(self, path: str, given: object = None, **headers: str) -> Any:
        body = b"" if given is None else json.dumps(given).encode()
        return self.send(path, body, **headers)

    def send(self, path: str, body: bytes, kind: str = "application/json", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Client().post(
            f"/api/{path}", body, content_type=kind, headers={**self.headers(), **named}
        )

    def delete(self, path: str) -> Any:
        return Client().delete(f"/api/{path}", headers=self.headers())

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issued.secret}"}


def program(
    target: Target,
    *scopes: Scope,
    person: User | None = None,
    at: datetime | None = None,
    name: str = "a program",
) -> Program:
    """Give a program a token."""
    person = person or make_user("reviewer")
    return Program(issue(target, person, *scopes, at=at, name=name), person)


def said(answer: Any, status: int) -> Any:
    """Return the answer's JSON, once its status is the expected one."""
    assert answer.status_code == status, answer.content.decode()[:2000]
    assert answer["Content-Type"].startswith("application/json"), answer["Content-Type"]
    return answer.json()


def error(answer: Any, status: int) -> str:
    """Return why it was refused."""
    told = said(answer, status)
    assert set(told) == {"error"}
    return str(told["error"])
