"""How fast do entries get their place in the tree, and how fast is it proven, beside others?"""

import asyncio
import random
import statistics
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tests.perf.appending import acts, crowd
from tests.perf.appending.appends import MANY, Figures
from tests.perf.appending.lines import AS_IS, SLOW, Goal, compare, not_run, say
from tests.perf.appending.starving import drain

PEER = "auditchain"
SMALL, LARGE = 100, 2_000  # entries under one checkpoint
A_SECOND = 5_000  # entries that wait for the sequencer, for each second of a case
AT_ONCE = 500
PROOFS = 100


def sequenced(figures: Figures, writers: list[int]) -> None:
    """Print entries sealed a second, signatures checked and not, beside the writers' peak."""
    most = int(A_SECOND * figures.seconds)
    cases = ((SMALL, True, most // 4), (LARGE, True, most), (LARGE, False, most))
    rates = {}
    for batch, checked, count in cases:
        drain()
        crowd.together([_filling(count)])
        [rates[batch, checked]] = crowd.together([_sealing(batch, checked=checked)])
        signatures = "checked" if checked else "unchecked"
        what = f"batch {batch}, signatures {signatures}"
        say(f"    {what:<36} {rates[batch, checked]:8,.0f}/s of {count:,} entries")
    peer = ("the writers' peak", max(figures.rate(acts.OURS, count) or 0 for count in writers))
    judged = connection.vendor == "postgresql" and max(writers) == MANY
    for (batch, checked), rate in rates.items():
        goal = Goal(3 if checked else 10, AS_IS) if judged and batch >= 1_000 else None
        what = f"sealed, batch {batch}, {'' if checked else 'un'}checked"
        compare(what, rate, peer, disk=figures.disk, goal=goal)


def _filling(count: int) -> crowd.Body:
    def body(barrier: Any) -> None:
        barrier.wait(crowd.PATIENCE)
        act = acts.available()[acts.OURS]
        row = act.model(pk=1)
        for first in range(0, count, AT_ONCE):
            with transaction.atomic():
                for row.turns in range(first, min(first + AT_ONCE, count)):
                    act.beside(row)

    return body


def _sealing(batch: int, *, checked: bool) -> crowd.Body:
    def body(barrier: Any) -> float:
        from audit import sequencer
        from audit.keys.trust import Trust
        from audit.models import Leaf

        sequencer.BATCH = batch
        if not checked:  # which the product never does
            setattr(Trust, "flaw", lambda *_: None)  # noqa: B010
        before = Leaf.objects.count()
        barrier.wait(crowd.PATIENCE)
        began = time.perf_counter()
        sequencer.seal(timezone.now())
        spent = time.perf_counter() - began
        return (Leaf.objects.count() - before) / spent

    return body


def chained(figures: Figures) -> None:
    """Print our appends beside those of auditchain: durable, one writer, SQLite."""
    if reason := _no_peer():
        not_run(f"append beside {PEER}", reason)
        return
    bodies = [_appending(figures.seconds), _recording(figures.seconds)]
    rounds = [[crowd.together([body])[0] for body in bodies] for _ in range(figures.rounds)]
    theirs, alone = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    for name, ours in (
        (f"{acts.OURS}, nothing beside, 1 writer", alone),
        (f"{acts.OURS}, with a business row, 1 writer", figures.rate(acts.OURS, 1) or 0),
    ):
        peer = (f"{PEER}, unsigned, nothing beside", theirs)
        compare(name, ours, peer, disk=figures.disk, goal=Goal(3, SLOW))


def _no_peer() -> str:
    if connection.vendor != "sqlite":
        return "SQLite only"
    return "" if find_spec(PEER) else f"{PEER} is not installed"


def _appending(seconds: float) -> crowd.Body:
    async def append(place: Path) -> float:
        peer: Any = import_module(PEER)
        row = acts.available()[acts.NONE].model(pk=1)
        async with peer.AuditLog(peer.SqliteBackend(place)) as chain:
            began, count = time.monotonic(), 0
            while time.monotonic() < began + seconds:
                row.turns = count
                meta = acts.facts(row)
                await chain.append("ada", "proposal.reviewed", "proposal:1", metadata=meta)
                count += 1
            return count / (time.monotonic() - began)

    def body(barrier: Any) -> float:
        barrier.wait(crowd.PATIENCE)
        # Beside our own database, so that both are on the same disk.
        with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
            return asyncio.run(append(Path(folder) / "chain.sqlite3"))

    return body


def _recording(seconds: float) -> crowd.Body:
    """Append to our log as the peer's is appended to: each entry in a transaction of its own."""

    def body(barrier: Any) -> float:
        act = acts.available()[acts.OURS]
        row = act.model(pk=1)
        barrier.wait(crowd.PATIENCE)
        began = time.monotonic()
        count = 0
        while time.monotonic() < began + seconds:
            row.turns = count
            with transaction.atomic():
                act.beside(row)
            count += 1
        return count / (time.monotonic() - began)

    return body


def proven(size: int, disk: str) -> None:
    """Print how long one inclusion proof takes in a log of this size, beside auditchain's."""
    if reason := _no_peer():
        not_run(f"proof beside {PEER}", reason)
        return
    drain()
    crowd.together([_filling(size)])
    drain()
    [(ours, held)] = crowd.together([_proving])
    [theirs] = crowd.together([_proving_theirs(size)])
    say(f"  (our log holds {held:,} entries, {PEER}'s {size:,}; the goal is for 1 M and 100,000)")
    compare(
        "one inclusion proof, p50",
        1000 * ours,
        (PEER, 1000 * theirs),
        disk=disk,
        goal=Goal(0.01, most=True),
        unit=" ms",
    )


def _proving(barrier: Any) -> tuple[float, int]:
    from audit import proofs
    from audit.models import Checkpoint, Entry

    last = Checkpoint.objects.latest("size")
    dice = random.Random(7)  # noqa: S311
    entries = [Entry.objects.get(leaf__index=dice.randrange(last.size)) for _ in range(PROOFS)]
    barrier.wait(crowd.PATIENCE)
    spent = []
    for entry in entries:
        began = time.perf_counter()
        proof = proofs.under(entry, last)
        spent.append(time.perf_counter() - began)
        assert proof
        assert proof.holds
    return statistics.median(spent), last.size


def _proving_theirs(size: int) -> crowd.Body:
    async def prove(place: Path) -> float:
        peer: Any = import_module(PEER)
        dice, spent = random.Random(7), []  # noqa: S311
        async with peer.AuditLog(peer.SqliteBackend(place)) as chain:
            for first in range(0, size, AT_ONCE):
                numbers = range(first, min(first + AT_ONCE, size))
                lines = [("ada", "reviewed", f"proposal:{n}", {"turns": n}) for n in numbers]
                await chain.append_many(lines)
            for _ in range(5):
                began = time.perf_counter()
                await chain.inclusion_proof(dice.randrange(size))
                spent.append(time.perf_counter() - began)
        return statistics.median(spent)

    def body(barrier: Any) -> float:
        barrier.wait(crowd.PATIENCE)
        with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
            return asyncio.run(prove(Path(folder) / "chain.sqlite3"))

    return body
