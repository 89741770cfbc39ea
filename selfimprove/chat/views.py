"""How is a request of a chat let in: signed, fresh, not too large, and answered once?"""

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from selfimprove.chat import arrivals
from selfimprove.chat.answering import Line
from selfimprove.chat.options import SECRET, SLACK_SECRET
from selfimprove.chat.signatures import holds, is_fresh
from telemetry.doors import pressure
from telemetry.doors.refusals import Refusal

LARGEST = 65_536
LONGEST = 4_000  # characters of a line
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Signing:
    """Say how requests of one kind are signed."""

    secret: str  # the variable that holds it
    version: str
    timestamp: str
    signature: str


OURS = Signing(SECRET, "v1", "X-Selfimprove-Timestamp", "X-Selfimprove-Signature")
SLACK = Signing(SLACK_SECRET, "v0", "X-Slack-Request-Timestamp", "X-Slack-Signature")


class Message(BaseModel):
    """What any chat can send."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(min_length=1, max_length=64)
    user: str = Field(min_length=1, max_length=80)
    text: str = Field(max_length=LONGEST)
    team: str = Field(default="", max_length=60)


@csrf_exempt  # nobody is signed in here: the signature alone opens
@login_not_required
@require_POST
def chat(request: HttpRequest) -> JsonResponse:
    """Answer a line that some bot hands on, as JSON."""
    return _answered(request, OURS, _message, lambda text: {"text": text})


@csrf_exempt  # nobody is signed in here: the signature alone opens
@login_not_required
@require_POST
def slack(request: HttpRequest) -> JsonResponse:
    """Answer a slash command of Slack, to be seen by whoever wrote it alone."""
    return _answered(request, SLACK, _slash_command, _ephemeral)


def _answered(
    request: HttpRequest,
    signing: Signing,
    read: Callable[[HttpRequest, bytes], Line],
    say: Callable[[str], dict[str, object]],
) -> JsonResponse:
    try:
        with pressure.room():
            line = read(request, _signed(request, signing))
            return JsonResponse(say(arrivals.take(line, timezone.now())))
    except arrivals.Reused as refusal:
        return JsonResponse({"error": str(refusal)}, status=409)
    except Refusal as refusal:
        # Neither the body nor the signature: both are whatever a stranger likes.
        logger.warning("a chat request was turned away: %s", refusal.words)
        return JsonResponse(
            {"error": refusal.words}, status=refusal.status, headers=dict(refusal.headers)
        )


def _signed(request: HttpRequest, signing: Signing) -> bytes:
    """Return the raw body, once its signature holds; nothing of it is read before."""
    secret = os.environ.get(signing.secret, "")
    if not secret:
        raise Refusal(503, f"No chat is answered here: {signing.secret} is not set.")
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise Refusal(413, f"The body has more than {LARGEST} bytes.")
    timestamp = request.headers.get(signing.timestamp, "")
    given = request.headers.get(signing.signature, "")
    if not holds(given, secret, signing.version, timestamp, body):
        words = f"{signing.signature} does not hold: both sides need the same {signing.secret}."
        raise Refusal(401, words)
    window = settings.SELFIMPROVE.chat.window_seconds
    if not is_fresh(timestamp, timezone.now().timestamp(), window):
        words = f"{signing.timestamp}: it is more than {window} seconds away; look at both clocks."
        raise Refusal(401, words)
    return body


def _message(request: HttpRequest, body: bytes) -> Line:
    try:
        found = Message.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Refusal(422, f"{where[:100]}: {first['msg'][:300]}.") from None
    place = f"chat:{found.team}" if found.team else "chat"
    return _line(f"chat:{found.id}", body, place, found.user, found.text)


def _slash_command(request: HttpRequest, body: bytes) -> Line:
    try:
        form = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise Refusal(400, "The body is no form in UTF-8.") from None
    user, team = form.get("user_id", [""])[0], form.get("team_id", [""])[0]
    if not user or not team or len(user) > 80 or len(team) > 60:
        raise Refusal(422, "user_id and team_id have to be there, as Slack sends them.")
    # The signature covers the moment: the same one again is the same request again.
    uid = hashlib.sha256(request.headers[SLACK.signature].encode()).hexdigest()
    text = unescape(form.get("text", [""])[0])
    if len(text) > LONGEST:
        raise Refusal(422, f"text: it has {len(text)} characters; send at most {LONGEST}.")
    return _line(f"slack:{uid}", body, f"slack:{team}", user, text)


def _line(uid: str, body: bytes, place: str, user: str, text: str) -> Line:
    for part in (place, user, text):
        if "\x00" in part:
            raise Refusal(422, "A text holds a NUL character, which no text may hold.")
    return Line(uid, hashlib.sha256(body).hexdigest(), place, user, text)


def _ephemeral(text: str) -> dict[str, object]:
    """Say it to whoever asked alone, with nothing in it that Slack reads as a sign of its own."""
    return {"response_type": "ephemeral", "mrkdwn": False, "text": escape(text, quote=False)}
