"""How does a test talk to us as a chat does: signed, over HTTP?"""

import itertools
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from selfimprove.chat.signatures import sign
from selfimprove.models import ChatAccount

SECRET = "a secret of the chat"
_numbers = itertools.count(1)


def account(person: User, user: str = "U1", place: str = "chat") -> ChatAccount:
    """Say whose account of the chat it is."""
    return ChatAccount.objects.create(place=place, user=user, person=person)


@dataclass
class Talk:
    """Speak as one account of the generic chat."""

    user: str = "U1"

    def __call__(self, text: str, **more: Any) -> str:
        """Say a line and return what is answered."""
        answer = self.send(text, **more)
        assert answer.status_code == 200, answer.content
        return str(answer.json()["text"])

    def send(self, text: str, **more: Any) -> Any:
        """Send a line, whatever comes of it."""
        told = {"id": f"m{next(_numbers)}", "user": self.user, "text": text, **more}
        return post("/chat/", json.dumps(told).encode())


def post(
    path: str,
    body: bytes,
    *,
    secret: str = SECRET,
    at: int | str | None = None,
    kind: str = "application/json",
    **headers: str,
) -> Any:
    """Send signed bytes to one of the two addresses."""
    moment = str(int(timezone.now().timestamp()) if at is None else at)
    slack = path.endswith("slack/")
    names = ("X-Slack-Request-Timestamp", "X-Slack-Signature", "v0")
    ours = ("X-Selfimprove-Timestamp", "X-Selfimprove-Signature", "v1")
    timestamp, signature, version = names if slack else ours
    signed = {timestamp: moment, signature: sign(secret, version, moment, body), **headers}
    return Client().post(path, body, content_type=kind, headers=signed)


def slash(text: str, *, user: str = "U1", team: str = "T1", **more: Any) -> Any:
    """Send a slash command as Slack does."""
    form = {"user_id": user, "team_id": team, "command": "/selfimprove", "text": text}
    kind = "application/x-www-form-urlencoded"
    return post("/chat/slack/", urlencode(form).encode(), kind=kind, **more)
