"""How many transactions a second do several processes get through, and how long does each take?"""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from django.db import connections

from tests.perf.appending import acts

PATIENCE = 300
WARM = 3  # transactions of each writer before the clock runs
Turn = Callable[[], AbstractContextManager[Any]]
_fork = multiprocessing.get_context("fork")  # as Django is set up already


@dataclass(frozen=True)
class Measured:
    """Hold what came of one case."""

    rate: float  # a second
    p50: float  # seconds
    p99: float
    worst: float


class Died(RuntimeError):
    """A process of the measurement ended without an answer."""


def measure(act: acts.Act, writers: int, seconds: float, *, work: float = 0) -> Measured:
    """Let so many processes run the act at once, and check that each left its trace."""
    before = acts.kept(act)
    answers = together([writer(act, key, seconds, work) for key in range(1, writers + 1)])
    measured = summed([spent for spent, _ in answers], [span for _, span in answers])
    if act.table:
        written, due = acts.kept(act) - before, sum(len(spent) + WARM for spent, _ in answers)
        assert written >= due, f"{act.table}: {written} rows for {due} commits"
    return measured


Body = Callable[[Any], Any]  # is given a barrier to pass when it is ready


def writer(
    act: acts.Act, key: int, seconds: float, work: float = 0, turn: Turn = nullcontext
) -> Body:
    """Return what one process does: one transaction after the other until the time is up."""

    def body(barrier: Any) -> tuple[list[float], tuple[float, float]]:
        for _ in range(WARM):
            with turn():
                acts.once(act, key)
        barrier.wait(PATIENCE)
        spent, began = [], time.monotonic()
        while (now := time.monotonic()) < began + seconds:
            with turn():
                acts.once(act, key, work)
            spent.append(time.monotonic() - now)
        return spent, (began, time.monotonic())

    return body


def together(bodies: list[Body]) -> list[Any]:
    """Run each in a process of its own, all beginning at once, and return their answers."""
    connections.close_all()  # a connection must not be shared with a process that was forked
    barrier = _fork.Barrier(len(bodies))
    with _started(bodies, barrier) as running:
        return [_answer(process, receiver) for process, receiver in running]


@contextmanager
def _started(bodies: list[Body], barrier: Any) -> Iterator[list[tuple[Any, Connection]]]:
    running = []
    try:
        for body in bodies:
            receiver, sender = _fork.Pipe(duplex=False)
            process = _fork.Process(target=_run, args=(body, barrier, sender), daemon=True)
            process.start()
            sender.close()
            running.append((process, receiver))
        yield running
        for process, _ in running:
            process.join(PATIENCE)
    finally:
        for process, receiver in running:
            process.kill()
            process.join()
            receiver.close()


def _run(body: Body, barrier: Any, sender: Connection) -> None:
    try:
        sender.send(body(barrier))
    except BaseException:
        barrier.abort()  # the others need not wait for one that cannot come
        raise
    finally:
        connections.close_all()


def _answer(process: Any, receiver: Connection) -> Any:
    try:
        if receiver.poll(PATIENCE):
            return receiver.recv()
    except EOFError:
        pass
    raise Died(f"{process.name}: no answer; what it said is above")


def summed(spent: list[list[float]], spans: list[tuple[float, float]]) -> Measured:
    """Sum up what all writers did, from the first one's beginning to the last one's end."""
    every = sorted(one for each in spent for one in each)
    whole = max(end for _, end in spans) - min(begin for begin, _ in spans)
    return Measured(
        rate=len(every) / whole,
        p50=statistics.median(every),
        p99=every[min(len(every) - 1, int(len(every) * 0.99))],
        worst=every[-1],
    )
