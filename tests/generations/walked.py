"""How is a generation walked through without benchmarks and engines: each phase as a test says?"""

import sys
import time
from collections.abc import Callable, Mapping
from types import SimpleNamespace

import pytest

from generations import engines
from generations.models import Reason
from generations.phases import NAMES
from generations.phases.shape import Answer, Interrupted, Nothing, Passed, Rejected, Turn

ENGINE = SimpleNamespace()  # nobody asks it: the phases that would are those of the test
Does = Callable[[Turn], Answer]


def passes(turn: Turn) -> Answer:
    """Do the phase's part at once."""
    turn.told("works")
    return Passed(f"{turn.generation.phase} is done")


def refuses(_turn: Turn) -> Answer:
    """Find the work not good enough."""
    return Rejected(Reason.GATES, "A gate refused it: os.system in search.py")


def finds_nothing(_turn: Turn) -> Answer:
    """Find nothing to improve."""
    return Nothing("Nothing could be better.")


def breaks(_turn: Turn) -> Answer:
    """Break, as a disk does."""
    raise OSError(28, "No space left on device")


def takes_long(turn: Turn) -> Answer:
    """Work until it is to stop, as a benchmark does; a minute at most."""
    turn.told("works for long")
    for _ in range(600):
        if turn.stopped():
            raise Interrupted
        time.sleep(0.1)
    return Passed("It was never stopped.")


def walk(monkeypatch: pytest.MonkeyPatch, **does: Does) -> None:
    """Let each phase do what is said, and pass where nothing is."""
    said: Mapping[str, Does] = does
    for name in NAMES:
        phase = SimpleNamespace(run=said.get(name, passes))
        monkeypatch.setitem(sys.modules, f"generations.phases.{name}", phase)
    for writer in engines.ENGINES:
        monkeypatch.setitem(engines.ENGINES, writer, __name__)


def in_turn(*each: Does) -> Does:
    """Do another thing each time, the last one from then on."""
    times = [0]

    def does(turn: Turn) -> Answer:
        place = min(times[0], len(each) - 1)
        times[0] += 1
        return each[place](turn)

    return does
