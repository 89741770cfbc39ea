"""How are gates asked that read what strangers wrote, and so may never come to an end?

In a process of their own, forked from this one: it can be ended at any moment, whatever it is in
(a thread cannot: a regular expression that runs wild holds the interpreter's lock). One process
asks one gate after the other; where one is ended, a new one goes on with the next.
"""

import contextlib
import gc
import os
import pickle
import resource
import select
import signal
import struct
import time
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from django.db import connections

from targets.changes import Change
from validation.asking import alone
from validation.asking.watching import BEAT, Watch
from validation.verdicts import Context, Gate, GateVerdict

SECONDS = 20.0  # for each gate; the slowest of many honest changes took less than one
LARGEST = 64 * 1024 * 1024  # bytes of one answer
_LENGTH = struct.Struct(">I")
Numbered = tuple[int, Gate]


def ask(
    gates: Sequence[Numbered],
    change: Change,
    context: Context,
    watch: Watch,
    *,
    seconds: float = SECONDS,
) -> dict[int, GateVerdict]:
    """Return the answers of all gates; those that a person stopped are missing."""
    answers: dict[int, GateVerdict] = {}
    left = list(gates)
    while left and not watch.stopped_by():
        child = _Child(left, change, context, seconds)
        try:
            for number, answer in child.answers(watch):
                answers[number] = answer
                watch.ended(answer.gate, answer.outcome)
        finally:
            child.end()
        left = [(number, gate) for number, gate in left if number not in answers]
    return answers


class _Child:
    """A process that asks gates, and what comes from it."""

    def __init__(
        self, gates: Sequence[Numbered], change: Change, context: Context, seconds: float
    ) -> None:
        self._gates, self._seconds = list(gates), seconds
        self._reading, writing = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._reading)
            _work(writing, self._gates, change, context, seconds)
        os.close(writing)

    def answers(self, watch: Watch) -> Iterator[tuple[int, GateVerdict]]:
        """Yield each answer as it comes; at least one, unless the check is stopped."""
        for number, gate in self._gates:
            watch.began(gate.NAME)
            try:
                yield number, self._frame(watch)
            except _Stopped:
                return
            except _Late:
                yield number, alone.too_late(gate, self._seconds)
                return
            except EOFError:
                why = f"the process that asked the gate ended ({self.end()})"
                yield number, alone.no_answer(gate, why)
                return

    def end(self) -> str:
        """End the process and whatever it started; say how it ended."""
        if not self._pid:
            return "it is gone"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)  # before it had a group of its own
        status = _reaped(self._pid)
        self._pid = 0
        os.close(self._reading)
        code = os.waitstatus_to_exitcode(status)
        return f"by signal {-code}" if code < 0 else f"with code {code}"

    def _frame(self, watch: Watch) -> GateVerdict:
        until = time.monotonic() + self._seconds
        (length,) = _LENGTH.unpack(self._bytes(_LENGTH.size, until, watch))
        if length > LARGEST:
            raise EOFError
        answer: Any = pickle.loads(self._bytes(length, until, watch))  # noqa: S301 - our own child
        if not isinstance(answer, GateVerdict):
            raise EOFError
        return answer

    def _bytes(self, count: int, until: float, watch: Watch) -> bytes:
        found = bytearray()
        while len(found) < count:
            watch.beat()
            if watch.stopped_by():
                raise _Stopped
            if time.monotonic() > until:
                raise _Late
            ready, _, _ = select.select([self._reading], [], [], BEAT)
            if ready:
                piece = os.read(self._reading, min(count - len(found), 1 << 20))
                if not piece:
                    raise EOFError
                found += piece
        return bytes(found)


def _reaped(pid: int) -> int:
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:  # whoever serves us collects all children
        return 0


class _Stopped(Exception):
    """A person ended the check."""


class _Late(Exception):
    """The gate's time is over."""


def _work(
    writing: int, gates: Sequence[Numbered], change: Change, context: Context, seconds: float
) -> NoReturn:
    """Be the process: ask, answer, and leave without any of the clean-up that is not ours."""
    try:
        os.setpgid(0, 0)
        _forget_the_parent(int(seconds * len(gates)) + 1)
        for _, gate in gates:
            answer = pickle.dumps(alone.ask(gate, change, context))
            for piece in (_LENGTH.pack(len(answer)), answer):
                _write(writing, piece)
    finally:
        os._exit(0)


def _forget_the_parent(seconds: int) -> None:
    """Leave alone what is still the parent's: its connections, its signals, its garbage."""
    gc.disable()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    for connection in connections.all(initialized_only=True):
        connection.connection = None  # not closed: that would end the parent's session
    # A parent that is killed ends nobody; then this does.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _write(writing: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(writing, view) :]
