"""How is the whole index of words compared while the entries are looked at?"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

from django.db import connection

from audit.checks import beside
from audit.checks.beside import Process, Unfinished
from audit.models import Leaf
from audit.texts import indexed, indexing

MOST = 100  # entries that are named

Found = tuple[str, str]  # where, and what does not hold there


class Index:
    """Stand for the index of words during one verification."""

    def __init__(self, key: bytes = b"", reader: Process | None = None) -> None:
        """Say what keys the sums over it where it is read whole, and who reads it."""
        self.key, self.reader = key, reader

    def differences(self, expected: Mapping[int, int]) -> Iterator[Found]:
        """Name what differs, once all entries have been looked at."""
        if not indexing.present(connection):
            yield "index of words", "it is not there. Run `manage.py verify-log --rebuild-words`"
            return
        if connection.vendor != "sqlite" or not self.key:
            return
        for row, what in self._rows(expected):
            leaf = Leaf.objects.filter(entry_id=row).values_list("index", flat=True).first()
            yield f"row {row}" if leaf is None else f"leaf {leaf}", what

    def _rows(self, expected: Mapping[int, int]) -> Iterator[indexed.Found]:
        """Compare sums; what differs is asked again, as words come and go meanwhile."""
        held = self.reader.answer() if self.reader else indexed.scanned(self.key)
        if not isinstance(held, dict):
            raise Unfinished("the index of words was not read to its end: try again")
        differing = (
            row for row in sorted({*held, *expected}) if held.get(row) != expected.get(row)
        )
        told = 0
        for row in differing:
            for what in indexed.asked(row):
                told += 1
                yield row, what
            if told == MOST:
                return


@contextmanager
def searching(*, whole: bool, size: int) -> Iterator[Index]:
    """Have a process read SQLite's index where it is large; a small one is asked."""
    key = secrets.token_bytes(16)
    if not indexing.present(connection):  # sums are made, and not compared
        yield Index(key)
    elif connection.vendor != "sqlite" or not whole:
        yield Index()
    elif size < beside.WORTH_IT:
        yield Index(key)
    else:
        with closing(Process("audit.texts.scanning", key)) as reader:
            yield Index(key, reader)
