"""What does a process do that looks at stretches of the log for another one?

It reads its work from standard input and answers on standard output until that ends.
"""

import os
import pickle
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

import django

if TYPE_CHECKING:
    from audit.checks.stretch import Stretch


def main() -> None:
    """Answer until nothing more is asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when it ends
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed must not come between
    django.setup()
    from django.conf import settings
    from django.db import connection

    work = sys.stdin.buffer
    connection.settings_dict["NAME"] = pickle.load(work)  # noqa: S301 - from whom we work for
    settings.DATA_DIR = pickle.load(work)  # noqa: S301
    judge = pickle.load(work).judge()  # noqa: S301
    for stretch in _asked(work):
        pickle.dump(judge.judge(stretch), answers)
        answers.flush()


def _asked(work: BinaryIO) -> Iterator["Stretch"]:
    """Read what is asked until nothing more is."""
    while True:
        try:
            yield pickle.load(work)  # noqa: S301 - from whom we work for
        except EOFError:
            return


if __name__ == "__main__":
    main()
