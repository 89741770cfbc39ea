"""How is the index of words put right, so that searches find every kept reason again?"""

from datetime import datetime

from django.db import connection, transaction

from audit import log
from audit.events import Event
from audit.models import Entry, Payload
from audit.texts import indexing


def rebuild(*, actor: log.Actor, at: datetime) -> Entry:
    """Make the index anew, and leave on the log that it was done."""
    with transaction.atomic():
        indexing.rebuild(connection)
        count = Payload.objects.filter(name="reason").count()
        facts = {"reasons": count}
        return log.record(Event.LOG_WORDS_REBUILT, actor=actor, subject="log", at=at, facts=facts)
