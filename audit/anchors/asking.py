"""What do all places state now, asked at once, and who of them does not answer in time?

A place may wait long for a network that is gone. All are asked together and share one limit, so
that ten that do not answer cost no more than one.
"""

import time
from collections.abc import Iterable, Iterator
from queue import Empty, SimpleQueue
from threading import Thread

from django.db import connection

from audit.anchors.places import Held, Place

SECONDS = 20.0  # for all places together
Answer = Held | Exception


def held(places: Iterable[Place], *, seconds: float = SECONDS) -> Iterator[tuple[Place, Held]]:
    """Ask each place what it states; say of those that do not answer that they were not compared.

    Inside a transaction they are asked one after the other: nobody else sees what it has written.
    """
    places = list(places)
    if connection.in_atomic_block:
        yield from ((place, place.held()) for place in places)
        return
    answers = _asked(places, seconds)
    silent = Held(doubts=(f"not compared: it did not answer within {seconds:g} seconds",))
    for number, place in enumerate(places):
        answer = answers.get(number, silent)
        if isinstance(answer, Exception):
            raise answer
        yield place, answer


def _asked(places: list[Place], seconds: float) -> dict[int, Answer]:
    """Return what came in time; who has not answered is left alone and ends with the process."""
    told: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
    for number, place in enumerate(places):
        Thread(target=_ask, args=(number, place, told), daemon=True).start()
    found: dict[int, Answer] = {}
    until = time.monotonic() + seconds
    while len(found) < len(places) and (left := until - time.monotonic()) > 0:
        try:
            number, answer = told.get(timeout=left)
        except Empty:
            break
        found[number] = answer
    return found


def _ask(number: int, place: Place, told: "SimpleQueue[tuple[int, Answer]]") -> None:
    try:
        told.put((number, place.held()))
    except Exception as error:  # noqa: BLE001 - raised again by who waits for it
        told.put((number, error))
    finally:
        connection.close()  # this thread's own
