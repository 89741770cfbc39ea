"""Was this request made before, and what was the answer then?"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from selfimprove.api.records import Remembered
from selfimprove.api.sent import Sent
from telemetry.doors.models import Token
from telemetry.doors.refusals import Refusal

HEADER = "Idempotency-Key"
LONGEST = 200
DEAD_AFTER = timedelta(minutes=2)  # whoever answers for longer has died
AGAIN_SECONDS = "1"


def once(
    request: HttpRequest, token: Token, body: bytes, now: datetime, act: Callable[[], Sent]
) -> Sent:
    """Answer a request that carries a key once; a repeat gets the same answer, and does nothing.

    A refusal is not remembered, since it has changed nothing: the next try may do better.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise Refusal(422, f"{HEADER}: send 1 to {LONGEST} visible signs of ASCII.")
    digest = _digest(request, body)
    mine = _claimed(token, key, digest, now)
    if isinstance(mine, Sent):
        return mine
    try:
        answer = act()
    except BaseException:
        mine.delete()
        raise
    mine.update(status=answer.status, answer=answer.body, place=answer.headers.get("Location", ""))
    return answer


def prune(before: datetime) -> int:
    """Delete what was remembered before a moment."""
    return Remembered.objects.filter(at__lt=before).delete()[0]


def _claimed(token: Token, key: str, digest: str, now: datetime) -> QuerySet[Remembered] | Sent:
    """Return the row that is ours to fill, or what was answered before."""
    try:
        with transaction.atomic():
            row = Remembered.objects.create(token=token, key=key, digest=digest, at=now)
    except IntegrityError:
        return _known(token, key, digest, now)
    return Remembered.objects.filter(pk=row.pk)


def _known(token: Token, key: str, digest: str, now: datetime) -> QuerySet[Remembered] | Sent:
    row = Remembered.objects.filter(token=token, key=key).first()
    if row is not None and row.digest != digest:
        raise Refusal(422, f"{HEADER}: it was used for another request; choose a new one.")
    if row is not None and row.status is not None:
        place = {"Location": row.place} if row.place else {}
        return Sent(row.status, row.answer or {}, {"Idempotency-Replayed": "true", **place})
    dead = Remembered.objects.filter(token=token, key=key, at__lte=now - DEAD_AFTER, status=None)
    if dead.update(at=now) == 1:
        return Remembered.objects.filter(token=token, key=key)
    words = f"{HEADER}: the first request with it is still being answered; send it again."
    raise Refusal(409, words, {"Retry-After": AGAIN_SECONDS})


def _digest(request: HttpRequest, body: bytes) -> str:
    asked = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(asked + body).hexdigest()
