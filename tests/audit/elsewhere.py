"""A process of its own that works on the log of the test's database, and may die in the middle.

Called as `python -m tests.audit.elsewhere NAME ACT [STATEMENT]`: with a statement it kills itself
with SIGKILL just before the database would run one that begins so.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.db import connection, transaction

Run = Callable[..., Any]


def main(name: str, act: str, dying_at: str = "") -> None:
    """Do one act on the database with this name."""
    settings.DATABASES["default"]["NAME"] = name
    django.setup()
    from audit import sequencer
    from audit.anchors import publishing
    from audit.texts import erasing
    from tests.audit.entries import NOW, PERSON, write

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


if __name__ == "__main__":
    main(*sys.argv[1:])
