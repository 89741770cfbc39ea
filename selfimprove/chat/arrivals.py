"""Was this line answered before, and what was said then?"""

from datetime import datetime

from django.db import IntegrityError, transaction

from selfimprove.chat.answering import Line, account_of, answer
from selfimprove.chat.records import ChatArrival


class Reused(Exception):
    """Another line came under the same id."""


def take(line: Line, now: datetime) -> str:
    """Answer a line once: what it does, its note and its answer come about together or not."""
    try:
        with transaction.atomic():
            arrival = ChatArrival.objects.create(
                uid=line.uid, digest=line.digest, place=line.place, at=now
            )
            arrival.account = account_of(line)
            arrival.answer = answer(line, arrival.account, now)
            arrival.save(update_fields=["account", "answer"])
    except IntegrityError:
        known = ChatArrival.objects.filter(uid=line.uid).first()
        if known is None:
            raise  # it was another row that stood in the way
        if known.digest != line.digest:
            raise Reused("id: another request came with it; give each its own.") from None
        return known.answer
    return arrival.answer


def prune(before: datetime) -> int:
    """Delete the notes of what came before a moment."""
    return ChatArrival.objects.filter(at__lt=before).delete()[0]
