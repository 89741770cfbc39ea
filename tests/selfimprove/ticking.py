"""Ticks that the tests add to the schedule."""

import os
import time
from pathlib import Path

from selfimprove import schedules
from selfimprove.schedules import Tick

MARKS = "TICKING_MARKS"  # the environment variable that names the file of marks


def add(*ticks: Tick) -> None:
    """Add ticks to the schedule of this process and of those that it forks."""
    schedules.TICKS = (*schedules.TICKS, *ticks)


def mark() -> str:
    """Leave a line in the file of marks."""
    with Path(os.environ[MARKS]).open("a") as file:
        file.write(f"{os.getpid()}\n")
    return "marked"


def slow() -> str:
    """Mark, and take a while."""
    mark()
    time.sleep(3)
    return "slow"


def deadly() -> str:
    """Mark, and kill the worker."""
    mark()
    os.kill(os.getpid(), 9)
    return "never"


def broken() -> str:
    """Fail."""
    raise ValueError("this tick is broken")


MARK = Tick("test.mark", "tests.selfimprove.ticking.mark", every=3600)
SLOW = Tick("test.slow", "tests.selfimprove.ticking.slow", every=3600)
DEADLY = Tick("test.deadly", "tests.selfimprove.ticking.deadly", every=3600)
BROKEN = Tick("test.broken", "tests.selfimprove.ticking.broken", every=3600)
ACTING = Tick("test.acting", "tests.selfimprove.ticking.mark", every=3600, acts=True)
ALL = (MARK, SLOW, DEADLY, BROKEN, ACTING)
