"""Is somebody evaluating or scanning this target already, so that nobody else asks the same?

Two at once would see the same evidence, ask a model twice for the same money, and hand in two
answers to one failure where they are worded apart.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, connection, transaction

from evaluation.asking.held import Held
from targets.models import Target

DEAD_AFTER = timedelta(seconds=60)  # without a sign of life its worker has died
BEAT_SECONDS = 10.0
logger = logging.getLogger(__name__)
Ours = Callable[[], bool]  # whether it is still us, before what was answered is acted on


class AtWork(Exception):
    """Somebody is at it; the words say so."""


@contextmanager
def alone(target: Target, what: str, now: datetime) -> Iterator[Ours]:
    """Hold a target against everybody else who would do the same; raise AtWork."""
    owner = uuid.uuid4()
    _take(target, what, owner, now)
    done, began = threading.Event(), time.monotonic()
    mine = Held.objects.filter(target=target, what=what, owner=owner)

    def beat() -> None:
        try:
            while not done.wait(BEAT_SECONDS):
                _live(owner, now + timedelta(seconds=time.monotonic() - began))
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"holding {target.slug}", daemon=True)
    thread.start()
    try:
        yield mine.exists
    finally:
        done.set()
        thread.join()
        mine.delete()


def _take(target: Target, what: str, owner: uuid.UUID, now: datetime) -> None:
    Held.objects.filter(target=target, what=what, beat_at__lte=now - DEAD_AFTER).delete()
    try:
        with transaction.atomic():
            Held.objects.create(target=target, what=what, owner=owner, beat_at=now)
    except IntegrityError as error:
        raise AtWork(
            f"{target.name} is being {what} already: its result comes by itself."
        ) from error


def _live(owner: uuid.UUID, now: datetime) -> None:
    try:
        Held.objects.filter(owner=owner).update(beat_at=now)
    except DatabaseError as error:
        # Whoever takes over finds it out by `ours`; a later beat may get through.
        logger.warning("no sign of life could be written: %s", error)
