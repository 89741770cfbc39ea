"""A worker that kills itself at a chosen call: run as a program by the tests, never imported."""

import os
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any


def kill_at(phase: str, function: str, event: str) -> None:
    """Die by SIGKILL when, once a phase has begun, a function is called or returns."""
    inside = f"generations/phases/{phase}.py"
    reached = False

    def watch(frame: FrameType, happened: str, argument: Any) -> None:
        nonlocal reached
        code = frame.f_code
        if code.co_filename.endswith(inside) and code.co_name == "run" and happened == "call":
            reached = True
        if reached and happened == event and code.co_qualname == function:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)


def main(generation: str, now: str, database: str, folder: str, *point: str) -> None:
    """Drive one generation until it waits, ends, or this process is dead."""
    import django
    from django.conf import settings
    from django.db import connections

    django.setup()
    settings.DATA_DIR = Path(folder)
    connections.databases["default"]["NAME"] = database
    from generations.running import loop
    from tests.conftest import UNCONFINED
    from tests.generations.scene import make_engine, quick

    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": UNCONFINED})
    quick(settings)
    if point:
        kill_at(*point)
    began = datetime.now().astimezone()
    start = datetime.fromisoformat(now)

    def clock() -> datetime:
        return start + timedelta(seconds=(datetime.now().astimezone() - began).total_seconds())

    loop.drive(int(generation), clock, engines=make_engine())


if __name__ == "__main__":
    main(*sys.argv[1:])
