"""What does a person at a terminal want: go on, call it off, or leave it for another time?"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Wishes:
    """Count what was asked for by signals; whoever waits looks at it, between two steps."""

    interrupts: int = 0
    terminated: bool = False
    asked: threading.Event = field(default_factory=threading.Event)

    @property
    def call_off(self) -> bool:
        """Tell whether it is to be called off: Ctrl-C, once."""
        return self.interrupts > 0

    @property
    def leave(self) -> bool:
        """Tell whether it is to be left as it is: Ctrl-C again, or an end from outside."""
        return self.interrupts > 1 or self.terminated

    def hear(self, kind: int) -> None:
        """Note a signal."""
        if kind == signal.SIGINT:
            self.interrupts += 1
        else:
            self.terminated = True
        self.asked.set()


@contextmanager
def heard() -> Iterator[Wishes]:
    """Turn Ctrl-C and the wish to end into something that is looked at."""
    wishes = Wishes()
    if threading.current_thread() is not threading.main_thread():
        yield wishes
        return
    before = {
        kind: signal.signal(kind, lambda kind, _frame: wishes.hear(kind))
        for kind in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield wishes
    finally:
        for kind, old in before.items():
            signal.signal(kind, old)
