"""Does somebody starve while many processes want to write to one SQLite file?"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connection
from django.utils import timezone

from selfimprove.sqlite import turns
from tests.perf.appending import acts, crowd
from tests.perf.appending.lines import Goal, compare, not_run, say

EVERY = 0.2  # seconds between two checkpoints that are due


@contextmanager
def _by_chance() -> Iterator[None]:
    """Have this process wait as SQLite has it wait, and not in line with the others."""
    setattr(turns.Turn, "take", lambda _: None)  # noqa: B010
    yield


TURNS: dict[str, crowd.Turn] = {
    "ours": nullcontext,
    "busy_timeout alone": _by_chance,
}


def starved(seconds: float, disk: str, writers: int) -> None:
    """Print the longest waits and the checkpoints that were missed, by each arrangement."""
    if connection.vendor != "sqlite":
        not_run("lock starvation", "SQLite only")
        return
    drain()
    found = {name: _writers_and_sequencer(turn, seconds, writers) for name, turn in TURNS.items()}
    for name, (measured, made, due) in found.items():
        say(
            f"    {name:<36} {measured.rate:8,.0f}/s   p99 {1000 * measured.p99:.1f} ms"
            f"  worst {1000 * measured.worst:.0f} ms  checkpoints {made} of {due}"
        )
    peer = "busy_timeout alone"
    theirs = 1000 * found[peer][0].p99
    goal = Goal(0.2, most=True)
    measured, made, due = found["ours"]
    what = f"ours: p99, {writers} writers"
    compare(what, 1000 * measured.p99, (peer, theirs), disk=disk, goal=goal, unit=" ms")
    verdict = "met" if made >= due else "short"
    say(f"  {'ours: checkpoints made':<48} {made} of {due} due  goal all: {verdict}")


def drain() -> None:
    """Seal what other cases have left, in a process of its own."""

    def body(barrier: Any) -> None:
        from audit import sequencer

        barrier.wait(crowd.PATIENCE)
        sequencer.seal(timezone.now())

    crowd.together([body])


def _writers_and_sequencer(
    turn: crowd.Turn, seconds: float, writers: int
) -> tuple[crowd.Measured, int, int]:
    act = acts.available()[acts.OURS]
    bodies = [crowd.writer(act, key, seconds, turn=turn) for key in range(1, writers + 1)]
    *answers, made = crowd.together([*bodies, _sequencer(turn, seconds)])
    measured = crowd.summed([spent for spent, _ in answers], [span for _, span in answers])
    return measured, made, int(seconds / EVERY)


def _sequencer(turn: crowd.Turn, seconds: float) -> crowd.Body:
    def body(barrier: Any) -> int:
        from audit import sequencer

        barrier.wait(crowd.PATIENCE)
        began, made = time.monotonic(), 0
        for slot in range(1, int(seconds / EVERY) + 1):
            time.sleep(max(0.0, began + (slot - 0.5) * EVERY - time.monotonic()))
            with turn():
                sequencer.seal(timezone.now())
            # One that is late by a whole interval takes the place of the one that was due then.
            if time.monotonic() - began <= (slot + 0.5) * EVERY:
                made += 1
        return made

    return body
