"""How is a deployer's report let in: signed, whole, not too large, and once?"""

import logging
import time
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from delivery.elsewhere import keys, reports
from delivery.elsewhere.reports import BadReport, Contradicts
from delivery.models import Handover
from ports.deployer import PermanentError
from ports.signed import Signed, fault

logger = logging.getLogger(__name__)
LARGEST = 256 * 1024
UNAVAILABLE, AGAIN_SECONDS = 503, "60"  # until somebody has set the secret


class Refused(Exception):
    """The report is turned away with this status; the words are for whoever sends it."""

    def __init__(self, status: int, words: str) -> None:
        self.status = status
        super().__init__(words)


@csrf_exempt  # nobody is signed in here: the signature alone opens
@login_not_required
@require_POST
def report(request: HttpRequest, uid: UUID) -> JsonResponse:
    """Take a report: 202 followed, 200 known already, else why not."""
    try:
        body, message = _signed(request, uid)
        if request.content_type != "application/json":
            raise Refused(415, "the content type has to be application/json")
        followed = reports.take(uid, message, reports.read(body), timezone.now())
    except Refused as refused:
        return _refusal(refused.status, str(refused))
    except BadReport as error:
        return _refusal(422, str(error))
    except Contradicts as error:
        return _refusal(409, str(error))
    known = followed == "it was here before"
    return JsonResponse({"followed": followed}, status=200 if known else 202)


def _signed(request: HttpRequest, uid: UUID) -> tuple[bytes, str]:
    """Return the raw body and the message's id, once its signature holds; nothing is read before.

    A deployment that is not there is answered as one whose signature does not hold.
    """
    most = min(LARGEST, settings.SELFIMPROVE.doors.max_body_bytes)
    body = request.read(most + 1)
    if len(body) > most:
        raise Refused(413, f"it is larger than {most} bytes: send the lines in several reports")
    found = Handover.objects.select_related("delivery__target").filter(uid=uid).first()
    if found is None:
        raise Refused(401, "there is no such deployment, or the signature does not hold")
    try:
        secrets = keys.secrets_of(found.delivery.target.slug)
    except PermanentError as error:
        logger.warning("a deployer's report cannot be checked: %s", error)
        raise Refused(UNAVAILABLE, "the secret of this target is not set here") from error
    signed = Signed.of(request.headers)
    if why := fault(secrets, signed, body, time.time()):
        raise Refused(401, why)
    return body, signed.uid


def _refusal(status: int, words: str) -> JsonResponse:
    # Neither the body nor the signature: both are whatever a stranger likes.
    logger.warning("a deployer's report was turned away: %s", words)
    again = {"Retry-After": AGAIN_SECONDS} if status == UNAVAILABLE else {}
    return JsonResponse({"error": words}, status=status, headers=again)
