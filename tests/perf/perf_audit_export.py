"""How fast is a large log copied and verified, inside the product and without it?

`perf_audit_export.py [ENTRIES]` prints seconds and ratios on SQLite and PostgreSQL, same run.
"""

import base64
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases

ENTRIES = 1_000_000
BATCH = 10_000  # entries under one checkpoint
LAST = 10_000
START = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = '"uid", "body", "leaf_hash", "signature"'


def fill(count: int) -> None:
    """Write a log as the product would, but many rows at once."""
    from audit import merkle
    from audit.models import Head

    frontier, before = merkle.Frontier(), ""
    for first in range(0, count, BATCH):
        entries = []
        for index in range(first, min(first + BATCH, count)):
            entries.append(_entry(index, before))
            before = entries[-1][2]
            frontier = frontier.append(bytes.fromhex(before))
        _insert(first, entries)
        _seal(first, [hashed for _, _, hashed, _ in entries], frontier)
    peaks = [peak.hex() for peak in frontier.peaks]
    Head.objects.update_or_create(pk=1, defaults={"size": frontier.size, "frontier": peaks})


@cache
def _signers() -> tuple[Any, Any]:
    from audit.keys import ring

    keys = ring.folder()
    return ring.log_signers(keys)[0], ring.writer(keys)


def _entry(index: int, before: str) -> tuple[Any, str, str, str]:
    from audit import log

    _, writer = _signers()
    body, uid = _body(index, START + timedelta(seconds=index), f"{writer.name}#{'0' * 16}", before)
    hashed = log.leaf_hash(body)
    return uid, body, hashed, base64.b64encode(writer.sign(bytes.fromhex(hashed))).decode()


def _seal(first: int, hashes: list[str], frontier: Any) -> None:
    from audit import notes
    from audit.models import Checkpoint, Leaf
    from audit.sequencer import _store_nodes

    signer, _ = _signers()
    Leaf.objects.bulk_create(
        Leaf(index=index, entry_id=index + 1, leaf_hash=hashed)
        for index, hashed in enumerate(hashes, start=first)
    )
    _store_nodes(first, frontier.size)
    root, at = frontier.root(), START + timedelta(seconds=frontier.size)
    text = notes.checkpoint(origin=signer.name, size=frontier.size, root=root)
    note = notes.sign(text, signer)
    Checkpoint.objects.create(size=frontier.size, root=root.hex(), made_at=at, note=note)


def _body(index: int, at: datetime, writer: str, before: str) -> tuple[str, uuid.UUID]:
    from audit import log

    uid = uuid.UUID(int=index + 1, version=4)
    members = {
        "v": 1,
        "uid": str(uid),
        "at": log.moment(at),
        "event": "pattern.found",
        "actor": {"type": "system", "id": "telemetry"},
        "subject": f"pattern:{index % 5000}",
        "target": "gateway",
        "payloads": {},
        "facts": {"occurrences": index % 900, "sessions": index % 70, "title": "timeouts"},
        "cites": [],
        "writer": writer,
        "wseq": index + 1,
        "wprev": before,
    }
    return log.canonical(members), uid


def _insert(first: int, entries: list[tuple[Any, str, str, str]]) -> None:
    from django.db import connection

    postgres = connection.vendor == "postgresql"
    rows = [
        (first + number, uid if postgres else uid.hex, body, hashed, signature)
        for number, (uid, body, hashed, signature) in enumerate(entries, start=1)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f'INSERT INTO "audit_entry" ("id", {COLUMNS}) VALUES (%s, %s, %s, %s, %s)',  # noqa: S608
            rows,
        )
        if postgres:
            last = "setval(pg_get_serial_sequence('audit_entry', 'id'), %s)"
            cursor.execute(f"SELECT {last}", [first + len(entries)])


def measure(count: int) -> None:
    """Fill a log, and print how long each way of looking at it takes."""
    databases.prepare()
    empty()
    sys.stdout.write(f"{databases.database_name()}: {count:,} entries\n")
    told("filled", count, seconds(lambda: fill(count)))
    with TemporaryDirectory(prefix="perf-copy-") as folder:
        copied(Path(folder) / "copy", count)
    from audit.verify import verify

    whole = seconds(lambda: checked(verify))
    last = min(seconds(lambda: checked(verify, count - LAST)) for _ in range(3))
    told("database, all", count, whole)
    told(f"database, last {LAST:,}", count, last)
    sys.stdout.write(f"  the last {LAST:,} are {whole / last:,.0f} times as fast as all\n")


def copied(copy: Path, count: int) -> None:
    """Write a copy and have the program in it judge it."""
    from django.utils import timezone

    from audit.log import Actor
    from audit.offline import writing
    from audit.offline.copies import VERIFIER

    actor, at = Actor.system("perf"), timezone.now()
    told("export", count, seconds(lambda: writing.write(copy, payloads=True, actor=actor, at=at)))
    line = [sys.executable, "-I", str(copy / VERIFIER), str(copy)]
    told("offline, all", count, seconds(lambda: run(line)))
    told("offline, no signatures", count, seconds(lambda: run([*line, "--without-signatures"])))
    told("offline, last", count, seconds(lambda: run([*line, "--since", str(count - LAST)])))


def told(what: str, count: int, spent: float) -> None:
    """Print one line."""
    sys.stdout.write(f"  {what:<24}{spent:9.3f} s {count / spent:14,.0f}/s of the whole log\n")
    sys.stdout.flush()


def empty() -> None:
    """Take out what migrations have written, as an owner of the database can."""
    from audit.models import Checkpoint, Entry, Leaf
    from tests.audit.entries import as_the_owner_of_the_database

    with as_the_owner_of_the_database() as cursor:
        for model in (Leaf, Checkpoint, Entry):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608


def checked(verify: Callable[..., Any], since: int = 0) -> None:
    """Verify; what does not hold would make the time worth nothing."""
    verdict = verify(since=since)
    wrong = [problem for problem in verdict.problems if "signer state" not in problem.where]
    assert not wrong, wrong[:3]


def run(line: list[str]) -> None:
    """Run the program that ships alone."""
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def seconds(act: Callable[[], object]) -> float:
    """Return how long an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    if databases.database_name():
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
    else:
        sys.exit(databases.run_on_each(__file__, sys.argv[1:]))
