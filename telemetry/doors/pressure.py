"""Is there room for one more request now, and what is its sender told when there is none?"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from telemetry.doors.refusals import Refusal
from telemetry.storing import busy

BUSY_SECONDS = 1
_lock = threading.Lock()
_inside = 0


@contextmanager
def room(status: int = 429) -> Iterator[None]:
    """Let a request in; refuse it when others take all there is, or the database is behind.

    What was refused is not stored, and what was stored is never refused: the store's commit is the
    last that happens in here.
    """
    _enter(status)
    try:
        with busy.said():
            yield
    except busy.Busy as late:
        words = f"Not now: {late}. Nothing of this was acknowledged; send it again."
        raise Refusal(503, words, {"Retry-After": str(late.retry_after)}) from late
    finally:
        _leave()


def _enter(status: int) -> None:
    """Keep one thread for people: a page must not wait for a flood of events."""
    global _inside
    most = max(1, settings.SELFIMPROVE.web.threads - 1)
    with _lock:
        if _inside >= most:
            words = "Too many requests at once; nothing of this one was read. Send it again."
            raise Refusal(status, words, {"Retry-After": str(BUSY_SECONDS)})
        _inside += 1


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
