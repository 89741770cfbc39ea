"""How is a webhook of GitHub let in: signed, whole, not too large, and once?"""

import json
import logging
import os
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from delivery.hooks import arrivals
from ports.forge.github.credentials import WEBHOOK
from ports.forge.github.webhooks import is_signed

logger = logging.getLogger(__name__)


class Refused(Exception):
    """The request is turned away with this status; the words are for whoever set it up."""

    def __init__(self, status: int, words: str) -> None:
        self.status = status
        super().__init__(words)


@csrf_exempt  # nobody is signed in here: the signature alone opens
@login_not_required
@require_POST
def github(request: HttpRequest) -> JsonResponse:
    """Take a webhook: 202 noted, 200 known already, else why not."""
    try:
        body = _signed(request)
        uid, event = _named(request)
        arrival = arrivals.take(uid, event, _payload(request, body), timezone.now())
    except Refused as refused:
        # Neither the body nor the signature: both are whatever a stranger likes.
        logger.warning("a webhook was turned away: %s", refused)
        return JsonResponse({"error": str(refused)}, status=refused.status)
    if arrival is None:
        return JsonResponse({"followed": "it was here before"})
    return JsonResponse({"followed": arrival.followed}, status=202)


def _signed(request: HttpRequest) -> bytes:
    """Return the raw body, once its signature holds; nothing of it is read before."""
    secret = os.environ.get(WEBHOOK, "")
    if not secret:
        raise Refused(503, f"no webhook is taken: {WEBHOOK} is not set")
    most = settings.SELFIMPROVE.doors.max_body_bytes
    body = request.read(most + 1)
    if len(body) > most:
        raise Refused(413, f"it is larger than the {most} bytes that doors.max_body_bytes allows")
    if not is_signed(body, request.headers.get("X-Hub-Signature-256", ""), secret):
        raise Refused(
            401, f"X-Hub-Signature-256 does not hold: both sides need the same {WEBHOOK}"
        )
    return body


def _named(request: HttpRequest) -> tuple[str, str]:
    uid = request.headers.get("X-GitHub-Delivery", "").strip()
    event = request.headers.get("X-GitHub-Event", "").strip()
    if not uid or not event:
        raise Refused(400, "X-GitHub-Delivery and X-GitHub-Event have to be there")
    if len(uid) > 64 or not uid.isascii() or not uid.isprintable():
        raise Refused(400, "X-GitHub-Delivery is no id")
    return uid, event


def _payload(request: HttpRequest, body: bytes) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise Refused(415, "set the webhook's content type to application/json")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body is no JSON") from error
    if not isinstance(payload, dict):
        raise Refused(400, "the body is no JSON object")
    return payload
