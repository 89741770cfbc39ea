"""A worker that kills itself at a chosen call: run as a program by the tests, never imported."""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any


def kill_at(stage: str, function: str, event: str) -> None:
    """Die by SIGKILL when, inside a stage, a function is called or returns."""
    inside = f"delivery/stages/{stage}.py"
    reached = False

    def watch(frame: FrameType, happened: str, argument: Any) -> None:
        nonlocal reached
        code = frame.f_code
        if code.co_filename.endswith(inside) and code.co_name == "run" and happened == "call":
            reached = True
        if reached and happened == event and code.co_qualname == function:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)


def main(delivery: str, now: str, database: str, folder: str, *point: str) -> None:
    """Drive one delivery until it waits, ends, or this process is dead."""
    import django
    from django.conf import settings
    from django.db import connections

    django.setup()
    settings.DATA_DIR = Path(folder)
    connections.databases["default"]["NAME"] = database
    from audit import follow, sequencer
    from delivery import pipeline
    from tests.conftest import UNCONFINED, UNPRICED

    # Other rules than those of the approval would make it void.
    rules = {"sandbox": UNCONFINED, "spending": UNPRICED}
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update=rules)
    follow.seal_on_nudge(lambda: sequencer.seal(datetime.fromisoformat(now)))
    if point:
        kill_at(*point)
    pipeline.drive(int(delivery), lambda: datetime.fromisoformat(now))


if __name__ == "__main__":
    main(*sys.argv[1:])
