"""What does a process do that reads the whole index of words for another one?"""

import os
import pickle
import signal
import sys

import django


def main() -> None:
    """Answer with what the index holds of each entry, summed up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when it ends
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed must not come between
    django.setup()
    from django.conf import settings
    from django.db import connection

    from audit.texts import indexed

    work = sys.stdin.buffer
    connection.settings_dict["NAME"] = pickle.load(work)  # noqa: S301 - from whom we work for
    settings.DATA_DIR = pickle.load(work)  # noqa: S301
    pickle.dump(indexed.scanned(pickle.load(work)), answers)  # noqa: S301
    answers.flush()


if __name__ == "__main__":
    main()
