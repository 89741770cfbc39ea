"""What is said when a command is typed, and with which code does it end?"""

import io
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connection


@dataclass(frozen=True)
class Typed:
    """Hold what a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return what a program reads."""
        return json.loads(self.out)


def typed(*words: str) -> Typed:
    """Type a command as in a pipe."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*words, stdout=out, stderr=err)
    except SystemExit as ended:
        return Typed(int(ended.code or 0), out.getvalue(), err.getvalue())
    except CommandError as error:
        return Typed(error.returncode, out.getvalue(), str(error))
    return Typed(0, out.getvalue(), err.getvalue())


def when(so: Callable[[], bool], *signals: int, between: float = 0.0) -> threading.Thread:
    """Send ourselves signals as soon as something is so, and a command listens to them."""
    before = signal.getsignal(signal.SIGINT)

    def send() -> None:
        try:
            until = time.monotonic() + 30
            while not so() or signal.getsignal(signal.SIGINT) == before:
                if time.monotonic() > until:
                    return
                time.sleep(0.05)
            for number in signals:
                os.kill(os.getpid(), number)
                time.sleep(between)
        finally:
            connection.close()

    sender = threading.Thread(target=send)
    sender.start()
    return sender


CTRL_C = signal.SIGINT
END = signal.SIGTERM
