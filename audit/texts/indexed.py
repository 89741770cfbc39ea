"""Does the index of words hold the kept reasons, exactly as they are, and no others?

PostgreSQL keeps the words beside the text, and is asked to compare them itself. SQLite's index
can be asked about one entry, which is slow, or read from end to end, which says all at once: then
each entry's words are summed up, keyed by chance, and sum is compared with sum.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.db import connection

from audit.models import Entry, Payload
from audit.texts.checking import Kept, among
from audit.texts.indexing import MARKS, TOKENIZER, WORDS_OF

ABSENT = (
    "the index of words does not have its reason as it is: who searches will not find it. Run"
    " `manage.py verify-log --rebuild-words`"
)
STRAY = (
    "the index of words still has a reason that is not kept any more. Run"
    " `manage.py verify-log --rebuild-words`"
)
Reasons = Mapping[int, tuple[Any, Mapping[str, Kept]]]  # text of the entry and words, by row
Found = tuple[int, str]  # row, and what does not hold

_WORD = re.compile("[a-z0-9]+")
_LONGEST = 32_000  # characters; of a longer word the index keeps only the beginning
_WHOLE = 2**64 - 1


def differences(rows: Collection[int], reasons: Reasons) -> Iterator[Found]:
    """Ask the index about some entries, all of them or those that have words."""
    if connection.vendor == "postgresql":
        yield from _on_postgresql(rows)
        return
    right = {
        row: {"reason": words_of(kept["reason"].text), "marks": _marks(members)}
        for row, (members, kept) in reasons.items()
        if "reason" in kept
    }
    sizes = _sizes(rows)
    wrong = _misplaced(right, rows)
    for row in rows:
        if row not in right and row in sizes:
            yield row, STRAY
        elif row in right and (row in wrong or sizes.get(row) != _size(right[row])):
            yield row, ABSENT


def asked(row: int) -> list[str]:
    """Ask the index about one entry, as both are now."""
    entry = Entry.objects.filter(pk=row).first()
    kept = Payload.objects.filter(entry_id=row, name="reason").first()
    reasons: Reasons = {}
    if entry and kept:
        members = {name: getattr(entry, name) for name in MARKS.values()}
        actor = {"id": members["actor"], "type": members["actor_type"]}
        reasons = {row: ({**members, "actor": actor}, {"reason": Kept(kept.salt, kept.text)})}
    return [what for _, what in differences([row], reasons)]


def expected(reasons: Reasons, key: bytes) -> dict[int, int]:
    """Sum up what SQLite's index must hold of some entries."""
    sums, found = Sums(key), {}
    for row, (members, kept) in reasons.items():
        if "reason" not in kept:
            continue
        total = sums.over("reason", words_of(kept["reason"].text))
        found[row] = (total + sums.over("marks", _marks(members))) & _WHOLE
    return found


def scanned(key: bytes) -> dict[int, int]:
    """Sum up what SQLite's index does hold, of every entry."""
    sums = Sums(key)
    found: dict[int, int] = {}
    spoken, number = None, 0
    for word, row, column, place in _instances("main", "audit_words"):
        if word != spoken:
            spoken, number = word, sums.number(word)
        found[row] = (found.get(row, 0) + number * sums.at(column, place)) & _WHOLE
    return found


class Sums:
    """Give each word in its place a number that nobody can foresee."""

    def __init__(self, key: bytes) -> None:
        """Take the key of this one comparison."""
        self.number = lru_cache(200_000)(
            lambda text: int.from_bytes(blake2b(text.encode(), key=key, digest_size=8).digest())
        )
        self.places: dict[tuple[str, int], int] = {}

    def at(self, column: str, place: int) -> int:
        """Return the number of a place."""
        found = self.places.get((column, place))
        if found is None:
            found = self.places[column, place] = self.number(f"{column} {place}") | 1
        return found

    def over(self, column: str, words: list[str]) -> int:
        """Sum up words that follow each other."""
        number, at = self.number, self.at
        return sum(number(word) * at(column, place) for place, word in enumerate(words)) & _WHOLE


def _marks(members: Mapping[str, Any]) -> list[str]:
    actor = members["actor"]
    told = {**members, "actor": actor["id"], "actor_type": actor["type"]}
    return ["any", *(f"{sign}{told[name].encode().hex()}" for sign, name in MARKS.items())]


def words_of(text: str) -> list[str]:
    """Cut a reason into the words by which SQLite finds it."""
    if text.isascii() and len(text) < _LONGEST:
        return _WORD.findall(text.lower())
    # Only SQLite itself knows the letters of every language.
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.audit_words_tried"
            f" USING fts5(reason, content='', tokenize='{TOKENIZER}')"
        )
        cursor.execute(
            "INSERT INTO temp.audit_words_tried (audit_words_tried) VALUES ('delete-all')"
        )
        cursor.execute("INSERT INTO temp.audit_words_tried (rowid, reason) VALUES (1, %s)", [text])
        found = sorted(
            (place, word) for word, _, _, place in _instances("temp", "audit_words_tried")
        )
    return [word for _, word in found]


def _instances(schema: str, table: str) -> Iterator[tuple[str, int, str, int]]:
    """Read an index from end to end: word, row, column and place."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{table}_seen"
            f" USING fts5vocab('{schema}', '{table}', 'instance')"
        )
        cursor.execute(f"SELECT term, doc, col, offset FROM temp.{table}_seen")  # noqa: S608
        while some := cursor.fetchmany(5_000):
            yield from some


def _misplaced(right: Mapping[int, Mapping[str, list[str]]], rows: Collection[int]) -> set[int]:
    """Return the rows that some word does not lead to, or leads to wrongly."""
    leading: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for row, columns in right.items():
        for column, words in columns.items():
            for word in words:
                leading[column, word].add(row)
    wrong: set[int] = set()
    among_them = [min(rows, default=0), max(rows, default=0)]
    with connection.cursor() as cursor:
        for (column, word), those in leading.items():
            cursor.execute(
                "SELECT rowid FROM audit_words WHERE audit_words MATCH %s"
                " AND rowid BETWEEN %s AND %s",
                [f'{column} : "{word}"', *among_them],
            )
            wrong |= those ^ {row for (row,) in cursor.fetchall() if row in right}
    return wrong


def _sizes(rows: Collection[int]) -> dict[int, bytes]:
    where, values = _where(rows, "id")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, sz FROM audit_words_docsize WHERE {where}", values)  # noqa: S608
        return dict(cursor.fetchall())


def _size(columns: Mapping[str, list[str]]) -> bytes:
    """Write the numbers of words as the index does: seven bits in a byte, the first ones first."""
    found = b""
    for name in ("reason", "marks"):
        count = len(columns[name])
        parts = [count & 127]
        while count := count >> 7:
            parts.append(count & 127 | 128)
        found += bytes(reversed(parts))
    return found


def _on_postgresql(rows: Collection[int]) -> Iterator[Found]:
    where, values = _where(rows, "entry_id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT entry_id, name FROM audit_payload AS kept WHERE {where} AND words"  # noqa: S608
            f" IS DISTINCT FROM CASE WHEN name = 'reason' THEN ({WORDS_OF}) END",
            values,
        )
        yield from ((row, ABSENT) for row, _ in cursor.fetchall() if row in rows)


def _where(rows: Collection[int], name: str) -> tuple[str, list[Any]]:
    if not rows:
        return "1 = 0", []
    near = among(name, rows)
    if len(near) == 2:
        return f"{name} BETWEEN %s AND %s", [min(rows), max(rows)]
    return f"{name} IN ({', '.join(['%s'] * len(rows))})", list(rows)
