"""How does a process that works for another one hear what it is to do, and answer?"""

import os
import pickle
import signal
import sys
from typing import BinaryIO

import django


def opened() -> tuple[BinaryIO, BinaryIO]:
    """Return where the work comes from and where answers go, with the asker's database at hand."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when it ends
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed must not come between
    django.setup()
    from django.conf import settings
    from django.db import connection

    work = sys.stdin.buffer
    connection.settings_dict["NAME"] = pickle.load(work)  # noqa: S301 - from whom we work for
    settings.DATA_DIR = pickle.load(work)  # noqa: S301
    return work, answers
