"""How does somebody take an answer of the log away, whole, at any size?"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from audit import log, paging, sentences
from audit.browsing import finding
from audit.browsing.asking import Asked
from audit.events import Event
from audit.models import Entry

CHUNK = 1_000
COLUMNS = (
    "place",
    "uid",
    "at",
    "event",
    "actor_type",
    "actor",
    "actor_id",
    "subject",
    "target",
    "sentence",
    "reason",
    "erased",
    "facts",
    "cites",
    "leaf_hash",
)
# A spreadsheet takes a cell that begins so for a formula, and runs it.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Export:
    """Hold what is exported: a question, as it stood at one moment."""

    asked: Asked
    newest: int
    count: int


def begin(asked: Asked, query: str, kind: str, *, actor: log.Actor, at: datetime) -> Export:
    """Count the answer, and put on the log who takes it away before the first line leaves."""
    newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    count = sum(len(rows) for rows in _rows(asked, newest, 10 * CHUNK))
    with transaction.atomic():
        log.record(
            Event.LOG_FILTER_EXPORTED,
            actor=actor,
            subject="log",
            at=at,
            texts={"filter": query or "everything"},
            facts={"format": kind, "count": count},
        )
    return Export(asked, newest, count)


def as_csv(export: Export) -> Iterator[str]:
    """Write lines for a spreadsheet, none of which it takes for a formula."""
    yield _csv_line(COLUMNS)
    for entry in _entries(export):
        line = _flat(entry)
        yield _csv_line([_harmless(line[name]) for name in COLUMNS])


def as_jsonl(export: Export) -> Iterator[str]:
    """Write one JSON object per entry: the text that is hashed, its words, and who is who."""
    for entry in _entries(export):
        yield (
            json.dumps(
                {
                    "place": _place(entry),
                    "leaf_hash": entry.leaf_hash,
                    "body": entry.body,
                    "texts": entry.texts,
                    "people": {
                        name: str(who)
                        for name, who in entry.names.known.items()
                        if name in entry.body
                    },
                    "erased": _erased(entry),
                },
                ensure_ascii=False,
            )
            + "\n"
        )


FORMATS: Mapping[str, tuple[str, Callable[[Export], Iterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/jsonl; charset=utf-8", as_jsonl),
}


def _entries(export: Export) -> Iterator[Entry]:
    for rows in _rows(export.asked, export.newest, CHUNK):
        yield from paging.told(rows)


def _rows(asked: Asked, newest: int, size: int) -> Iterator[list[int]]:
    """Read on from row to row, so that no cursor stays open and no list grows."""
    key = newest + 1
    while rows := finding.find(asked, key=key, rising=False, limit=size):
        yield rows
        key = rows[-1]


def _flat(entry: Entry) -> dict[str, Any]:
    return {
        "place": _place(entry),
        "uid": str(entry.uid),
        "at": entry.at_text,
        "event": entry.event,
        "actor_type": entry.actor_type,
        "actor": entry.who,
        "actor_id": entry.actor,
        "subject": entry.names.say(entry.subject),
        "target": entry.target,
        "sentence": sentences.sentence(entry),
        "reason": entry.reason,
        "erased": _erased(entry) or "",
        "facts": json.dumps(entry.facts, ensure_ascii=False, sort_keys=True),
        "cites": " ".join(entry.cites),
        "leaf_hash": entry.leaf_hash,
    }


def _place(entry: Entry) -> int | None:
    leaf = getattr(entry, "leaf", None)
    return leaf.index if leaf else None


def _erased(entry: Entry) -> str | None:
    erasure = getattr(entry, "erasure", None)
    return str(erasure.entry.uid) if erasure else None


def _harmless(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
