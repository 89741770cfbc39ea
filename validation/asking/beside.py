"""How are gates asked that start programs of the target, which takes seconds or minutes?

Side by side, as far as there are cores: each waits for a sandbox most of its time. A repository
may be read from several threads: each call is a git process of its own, and the object holds
nothing that changes. What such a gate says to the database it says on a connection of its own,
which sees what is committed only.
"""

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from django.db import connections

from ports.stopping import stoppable
from targets.changes import Change
from validation.asking import alone
from validation.asking.apart import Numbered
from validation.asking.watching import BEAT, Watch
from validation.verdicts import Context, Gate, GateVerdict, Limits

GRACE = 20.0  # for a sandbox to be torn down once it was told to stop
LEAST_SECONDS = 420.0
RUNS = 3  # of the tests that fit in the time of one gate, each as long as it may take


def seconds(limits: Limits) -> float:
    """Return how long one such gate may take, below the time after which a worker is ended."""
    return max(LEAST_SECONDS, RUNS * limits.test_timeout_seconds)


def ask(
    gates: Sequence[Numbered],
    change: Change,
    context: Context,
    watch: Watch,
    *,
    most_seconds: float | None = None,
    at_once: int = 0,
) -> dict[int, GateVerdict]:
    """Return the answers of all gates; those that a person stopped before their start miss."""
    longest = seconds(context.limits) if most_seconds is None else most_seconds
    places = at_once or len(os.sched_getaffinity(0))
    waiting = [_Run(number, gate, change, context, watch, longest) for number, gate in gates]
    running: list[_Run] = []
    answers: dict[int, GateVerdict] = {}
    while running or (waiting and not watch.stopped_by()):
        while waiting and len(running) < places and not watch.stopped_by():
            running.append(waiting.pop(0).begun())
        watch.beat()
        for run in [run for run in running if run.is_over(watch.stopped_by())]:
            running.remove(run)
            answers[run.number] = run.told(watch.stopped_by())
            watch.ended(run.gate.NAME, answers[run.number].outcome)
        if running:
            running[0].wait(BEAT)
    return answers


class _Run:
    """One gate in a thread of its own."""

    def __init__(
        self,
        number: int,
        gate: Gate,
        change: Change,
        context: Context,
        watch: Watch,
        most_seconds: float,
    ) -> None:
        self.number, self.gate = number, gate
        self._change, self._seconds, self._watch = change, most_seconds, watch
        self._stop = threading.Event()
        self._context = replace(context, heard=self._heard, stopped=self._stop.is_set)
        self._answer: GateVerdict | None = None
        self._thread = threading.Thread(target=self._ask, name=f"gate {gate.NAME}", daemon=True)
        self._until = 0.0
        self._is_late = False

    def begun(self) -> "_Run":
        """Start."""
        self._watch.began(self.gate.NAME)
        self._until = time.monotonic() + self._seconds
        self._thread.start()
        return self

    def is_over(self, stopped_by: str) -> bool:
        """Tell whether there is nothing more to wait for; tell it to stop when its time is up."""
        now = time.monotonic()
        if not self._stop.is_set() and (stopped_by or now > self._until):
            self._is_late = not stopped_by
            self._until = now + GRACE
            self._stop.set()
        return not self._thread.is_alive() or (self._stop.is_set() and now > self._until)

    def told(self, stopped_by: str) -> GateVerdict:
        """Return the answer; one that was given after we ended its programs counts for nothing."""
        if self._is_late:
            return alone.too_late(self.gate, self._seconds)
        if self._stop.is_set():
            return alone.stopped(self.gate, stopped_by)
        return self._answer or alone.no_answer(self.gate, "its thread ended without an answer")

    def wait(self, seconds: float) -> None:
        """Wait for the end, not longer than this."""
        self._thread.join(seconds)

    def _ask(self) -> None:
        try:
            with stoppable(self._stop.is_set):
                self._answer = alone.ask(self.gate, self._change, self._context)
        finally:
            connections.close_all()  # of this thread

    def _heard(self, piece: bytes) -> None:
        self._watch.heard(self.gate.NAME, piece)
