"""How does a worker act while its database is away, and how is that brought about?"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.delivery.killing import outages
from tests.delivery.killing.effects import Point
from tests.delivery.killing.world import World

AWAY_SECONDS = 2.5


def away_at(world: World, outage: outages.Outage, point: Point, *, longer: bool) -> int:
    """Take the database away while a stage stands at a point; return how the worker ended.

    It is back before the stage goes on, or only some time after that.
    """
    ended: list[int] = []
    work = threading.Thread(target=lambda: ended.append(world.work(point)))
    work.start()
    scratch = world.folder / "tmp"
    _until(lambda: (scratch / "held").exists())
    outage.begin(world.database)
    if not longer:
        time.sleep(AWAY_SECONDS)
        outage.end()
    (scratch / "go").touch()
    if longer:
        time.sleep(AWAY_SECONDS)
        outage.end()
    work.join(60)
    for name in ("held", "go"):
        (scratch / name).unlink()
    return ended[0]


@contextmanager
def away(world: World, outage: outages.Outage) -> Iterator[None]:
    """Take the database away, and give it back."""
    outage.begin(world.database)
    try:
        yield
    finally:
        outage.end()


def _until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.02)
