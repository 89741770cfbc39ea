"""Gates that do what a gate should never do, and somebody who watches."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from targets.changes import Change
from validation.models import Outcome
from validation.verdicts import Context, Gate, GateVerdict

Act = Callable[[Change, Context], Outcome | GateVerdict]


@dataclass(eq=False)
class Doing:
    """A gate that does something, and passes if that returns."""

    NAME: str
    act: Act
    QUESTION: str = "Does it return?"
    VERSION: int = 1

    def run(self, change: Change, context: Context) -> GateVerdict:
        """Do it."""
        said = self.act(change, context)
        if isinstance(said, GateVerdict):
            return said
        return GateVerdict(self.NAME, self.QUESTION, said)


def passing(name: str = "fine") -> Doing:
    return Doing(name, lambda *_: Outcome.PASSED)


def numbered(*gates: Gate) -> list[tuple[int, Gate]]:
    return list(enumerate(gates))


def spin(*_: object) -> Outcome:
    """Hold the interpreter's lock for ever, as a regular expression does that runs wild."""
    re.match(r"(a+)+$", "a" * 64 + "!")
    return Outcome.PASSED


def sleep(*_: object) -> Outcome:
    time.sleep(600)
    return Outcome.PASSED


def die(*_: object) -> Outcome:
    os._exit(7)


def start_something(change: Change, context: Context) -> Outcome:
    """Leave a program behind, and hang."""
    place = context.repository.git_dir / "left-behind"
    program = subprocess.Popen(["sleep", "600"])
    place.write_text(str(program.pid))
    return sleep()


@dataclass
class Watcher:
    """Keeps what it is told, and stops the check when it is asked to."""

    stop_when: Callable[["Watcher"], bool] = lambda _: False
    seen: list[tuple[str, Outcome | None]] = field(default_factory=list)
    output: list[tuple[str, bytes]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    beats: int = 0
    who: str = ""

    def began(self, gate: str) -> None:
        self.threads.add(threading.get_ident())
        self.seen.append((gate, None))

    def ended(self, gate: str, outcome: Outcome) -> None:
        self.threads.add(threading.get_ident())
        self.seen.append((gate, outcome))

    def heard(self, gate: str, piece: bytes) -> None:
        self.output.append((gate, piece))

    def beat(self) -> None:
        self.threads.add(threading.get_ident())
        self.beats += 1
        if self.stop_when(self):
            self.who = "sam"

    def stopped_by(self) -> str:
        return self.who

    def begun(self) -> Sequence[str]:
        return [gate for gate, outcome in self.seen if outcome is None]
