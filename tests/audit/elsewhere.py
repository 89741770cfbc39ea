"""A process of its own that works on the log of the test's database, and may die in the middle.

Called as `python -m tests.audit.elsewhere NAME ACT [STATEMENT]`: with a statement it kills itself
with SIGKILL just before the database would run one that begins so. Instead of a statement it may
be told a step: before or after the signer state is written, or the transaction committed.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.db import connection, connections, transaction

Run = Callable[..., Any]


def main(name: str, act: str, dying_at: str = "") -> None:
    """Do one act on the database with this name."""
    settings.DATABASES["default"]["NAME"] = name
    django.setup()
    from audit import sequencer
    from audit.anchors import publishing
    from audit.keys.folder import KeyFolder
    from audit.texts import erasing
    from tests.audit.entries import NOW, PERSON, write

    steps: dict[str, tuple[Any, str]] = {
        "state": (KeyFolder, "replace"),
        "commit": (connections["default"], "commit"),
    }
    when, _, step = dying_at.partition(" ")
    if step in steps:
        _die_around(*steps[step], when=when)

    def die(execute: Run, sql: str, params: Any, many: bool, context: Any) -> Any:
        if dying_at and sql.startswith(dying_at):
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(die):
        if act == "publish":
            publishing.publish(NOW, force=True)
        elif act == "seal":
            sequencer.seal(NOW)
        elif act == "write":
            write(50)
        elif act == "erase":
            erasing.erase_person("ada", actor=PERSON, reason="Personal.", at=NOW)
        elif act == "write-and-die":
            with transaction.atomic():
                write(1)
                os.kill(os.getpid(), signal.SIGKILL)


def _die_around(owner: Any, name: str, *, when: str) -> None:
    act = getattr(owner, name)

    def do(*given: Any) -> None:
        if when == "after":
            act(*given)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, do)


if __name__ == "__main__":
    main(*sys.argv[1:])
