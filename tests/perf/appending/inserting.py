"""What does the one plain INSERT of an entry save, beside the model's own `create`?"""

import base64
import statistics
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from tests.perf.appending import crowd
from tests.perf.appending.lines import compare

A_SECOND = 1_000  # entries for each second of a case
ROUNDS = 5
Row = tuple[uuid.UUID, str, str, str]


def inserted(seconds: float, disk: str) -> None:
    """Print rows a second, within one transaction, so that neither waits for the disk."""
    [(raw, created)] = crowd.together([_body(max(50, int(A_SECOND * seconds)))])
    peer = ("Entry.objects.create", created)
    compare("the INSERT of record, same bodies", raw, peer, disk=disk)


def _body(count: int) -> crowd.Body:
    def body(barrier: Any) -> tuple[float, float]:
        from audit.models import Entry
        from audit.writing import rows as writing

        def raw(row: Row) -> None:
            writing.insert(*row, {}, None)

        def created(row: Row) -> None:
            uid, text, hashed, signature = row
            Entry.objects.create(uid=uid, body=text, leaf_hash=hashed, signature=signature)

        rows = [_row(number) for number in range(1, count + 1)]
        barrier.wait(crowd.PATIENCE)
        both = [(_seconds(raw, rows), _seconds(created, rows)) for _ in range(ROUNDS)]
        ours, theirs = (statistics.median(spent) for spent in zip(*both, strict=True))
        return count / ours, count / theirs

    return body


def _seconds(insert: Callable[[Row], None], rows: list[Row]) -> float:
    """Insert every row, and take all of them back."""
    with transaction.atomic():
        began = time.perf_counter()
        for row in rows:
            insert(row)
        spent = time.perf_counter() - began
        transaction.set_rollback(True)
    return spent


def _row(number: int) -> Row:
    from audit import log

    uid = uuid.uuid4()
    text = log.canonical(
        {
            "v": 1,
            "uid": str(uid),
            "at": log.moment(timezone.now()),
            "event": "pattern.found",
            "actor": {"type": "system", "id": "telemetry"},
            "subject": f"pattern:{number}",
            "target": "gateway",
            "payloads": {},
            "facts": {"occurrences": number, "title": "timeouts"},
            "cites": [],
            "writer": "writer/perf/00000000#0000000000000000",
            "wseq": number,
            "wprev": "0" * 64,
        }
    )
    return uid, text, log.leaf_hash(text), base64.b64encode(bytes(64)).decode()
