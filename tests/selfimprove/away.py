"""How does a test take the database away, or have another process hold it?"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from selfimprove.bootstrap import ROOT

HOLD = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def database_away() -> Iterator[None]:
    """Let nothing answer where the database was; give it back afterwards."""
    where = {"NAME": "/proc/nowhere/db.sqlite3"} if connection.vendor == "sqlite" else {"PORT": 1}
    before = {name: connection.settings_dict[name] for name in where}
    connection.close()
    connection.settings_dict.update(where)
    try:
        yield
    finally:
        connection.settings_dict.update(before)
        connection.close()


@contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    """Let a real second process hold SQLite's write lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        assert process.stdout.readline() == "held\n"
        yield
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def wait_briefly_for_locks() -> None:
    """Make this process's connection give up on a lock soon."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=100")
