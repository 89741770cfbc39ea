"""Has somebody called off what this thread does, so that whatever it waits for is to end?

What waits far below, such as git for a slow origin, belongs to work that a person can call off. It
asks here instead of being handed the question through everything that lies between.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import TypeVar

Value = TypeVar("Value")
LOOK_SECONDS = 0.1  # between two looks
GOODBYE_SECONDS = 0.5  # for what was cut short to see it
_of_thread = threading.local()


class CalledOff(Exception):
    """It was ended in its middle: no answer came of it, and nothing is to be made of that."""


@contextmanager
def stoppable(stopped: Callable[[], bool]) -> Iterator[None]:
    """Let what this thread waits for end once it is called off; raise CalledOff there."""
    before = getattr(_of_thread, "stopped", None)
    _of_thread.stopped = stopped
    try:
        yield
    finally:
        _of_thread.stopped = before


def is_stoppable() -> bool:
    """Tell whether anybody could call it off."""
    return getattr(_of_thread, "stopped", None) is not None


def heed() -> None:
    """Raise CalledOff where it was called off."""
    stopped: Callable[[], bool] | None = getattr(_of_thread, "stopped", None)
    if stopped is not None and stopped():
        raise CalledOff


def awaited(call: Callable[[], Value]) -> Value:
    """Return what a call returns; where it is called off, raise CalledOff and cut it short.

    It runs in a thread beside this one, which a blocking call would keep from looking. What it
    hands to `cut_by` ends it.
    """
    if not is_stoppable():
        return call()
    done: Future[Value] = Future()
    cuts: list[Callable[[], None]] = []
    thread = threading.Thread(target=_call, args=(call, done, cuts), daemon=True)
    thread.start()
    while not wait([done], timeout=LOOK_SECONDS).done:
        try:
            heed()
        except CalledOff:
            for cut in list(cuts):
                cut()
            thread.join(GOODBYE_SECONDS)
            raise
    return done.result()


def cut_by(act: Callable[[], None]) -> None:
    """Say how what this thread waits for is cut short, where somebody may call it off."""
    cuts: list[Callable[[], None]] | None = getattr(_of_thread, "cuts", None)
    if cuts is not None:
        cuts.append(act)


def _call(
    call: Callable[[], Value], done: "Future[Value]", cuts: list[Callable[[], None]]
) -> None:
    _of_thread.cuts = cuts
    try:
        done.set_result(call())
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        done.set_exception(error)
