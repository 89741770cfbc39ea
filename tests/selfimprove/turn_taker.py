"""Run as a process of its own: write to a database by our connection, as told.

`turn_taker.py FILE hold` begins a transaction, says so, and waits to be ended; `count N` adds one
to a counter N times, reading it first; `read` reads and goes on reading in one transaction.
"""

import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.db import connection, transaction

HELD = "held"
PATIENCE = 60


def main(file: str, act: str, times: str = "0") -> None:
    """Do what is asked."""
    options = {"timeout": 0.2, "transaction_mode": "IMMEDIATE"}
    database = {"ENGINE": "selfimprove.sqlite", "NAME": file, "OPTIONS": options}
    settings.configure(DATABASES={"default": database})
    django.setup()
    {"hold": hold, "count": lambda: count(int(times)), "read": read}[act]()


def say(word: str) -> None:
    """Tell the test that it is so."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def hold() -> None:
    """Write, and do not come to the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE counter SET n = 1000")
        say(HELD)
        time.sleep(PATIENCE)


def count(times: int) -> None:
    """Add one, so often; who reads an old number writes a wrong one."""
    for _ in range(times):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT n FROM counter")
            (number,) = cursor.fetchone()
            time.sleep(0.01)
            cursor.execute("UPDATE counter SET n = %s", [number + 1])


def read() -> None:
    """Keep what was read in sight."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT n FROM counter")
        say(HELD)
        time.sleep(PATIENCE)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main(*sys.argv[1:])
