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
    when, _, step = dying_at.partition(" ")
    if step in STEPS:
        _die_around(*STEPS[step](), when=when)

    def die(execute: Run, sql: str, params: Any, many: bool, context: Any) -> Any:
        if dying_at and dying_at in sql:  # PostgreSQL inserts an entry inside of a longer one
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(die):
        _acts()[act]()


def _acts() -> dict[str, Callable[[], object]]:
    from audit import sequencer
    from audit.anchors import publishing
    from audit.texts import erasing
    from tests.audit.entries import NOW, PERSON, write

    return {
        "publish": lambda: publishing.publish(NOW, force=True),
        "seal": lambda: sequencer.seal(NOW),
        "write": lambda: write(50),
        "erase": lambda: erasing.erase_person("eve", actor=PERSON, reason="Personal.", at=NOW),
        "write-and-die": _write_and_die,
    }


def _write_and_die() -> None:
    from tests.audit.entries import write

    with transaction.atomic():
        write(1)
        os.kill(os.getpid(), signal.SIGKILL)


def _state() -> tuple[Any, str]:
    from audit.keys.folder import KeyFolder

    return KeyFolder, "replace"


STEPS: dict[str, Callable[[], tuple[Any, str]]] = {
    "state": _state,
    "commit": lambda: (connections["default"], "commit"),
}


def _die_around(owner: Any, name: str, *, when: str) -> None:
    act = getattr(owner, name)

    def do(*given: Any) -> None:
        if when == "after":
            act(*given)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, do)


if __name__ == "__main__":
    main(*sys.argv[1:])
