"""Which place in the tree does each entry get, and what root stands for all of them?

Entries are written by anyone, at any time, with no lock between them. Here one leader at a time
gives those that have none their place, afterwards, so that nobody's transaction waits in line.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from audit import log, merkle, soundness
from audit.checks import tips
from audit.events import Event
from audit.keys import known, ring, signer_state
from audit.keys.folder import KeyTrouble
from audit.keys.signer_state import EMPTY, LogSigner, SignerState, StateMismatch, Tree
from audit.keys.trust import Trust
from audit.models import Checkpoint, Citation, Entry, Head, Leaf, Node, is_uid

BATCH = 2_000
RUN = 256  # leaves under one stored node
LOOK_BACK = 10_000  # ids that commit out of order are found within this many of the newest
GLANCE = 1_000  # of the newest ids are asked for every moment
SWEEP_EVERY = timedelta(minutes=10)  # and whatever is older, by looking at everything
LOCK = 0x5E1F_A0D1  # any number that nobody else locks
ACTOR = log.Actor.system("audit")


class BrokenLog(RuntimeError):
    """The tree no longer fits its own last checkpoint; nothing may be added to it."""


@dataclass(frozen=True)
class _Waiting:
    """One entry without a place."""

    id: int
    uid: uuid.UUID
    body: str
    leaf_hash: str
    signature: str

    def flaw(self, trust: Trust) -> str | None:
        """Say why it must not be sealed, or nothing."""
        if log.leaf_hash(self.body) != self.leaf_hash:
            return "its text does not match its hash"
        members, flaw = soundness.read(self.body, self.uid)
        if flaw:
            return flaw
        place = soundness.place(members)
        writer = place.writer if place else ""
        return trust.flaw(writer, self.leaf_hash, self.signature)


def seal(now: datetime) -> Checkpoint | None:
    """Give every waiting entry its place and sign the new root; None when nothing waited.

    Raises BrokenLog when the database is not the one that was signed last, and KeyTrouble when
    this host cannot sign.
    """
    tips.tell(now)
    head = Head.objects.first()
    # Also when the last sweep lies ahead: a clock that was put back must not put it off.
    sweep = head is None or head.swept_at is None or abs(now - head.swept_at) >= SWEEP_EVERY
    if not sweep and not _waiting(sweep=False).exists():
        check_signed()
        return None
    made = None
    while True:
        checkpoint, more = _seal_batch(now, sweep=sweep)
        made = checkpoint or made
        if not more:
            return made


def newest_unsealed() -> frozenset[int]:
    """Return which of the newest rows have no place yet: a question cheap enough for a clock."""
    waiting = Entry.objects.filter(leaf__isnull=True)
    if newest := Leaf.objects.order_by("-index").first():
        waiting = waiting.filter(id__gt=newest.entry_id - GLANCE)
    return frozenset(waiting.order_by("-id").values_list("id", flat=True)[:GLANCE])


def check_signed() -> None:
    """Raise BrokenLog when what this host has signed is not in the database any more."""
    state = signer_state.read(ring.folder())  # before the database, which may go on meanwhile
    last = Checkpoint.objects.order_by("-size").first()
    if rows := _broken_off(state, Tree(last.size, last.root) if last else EMPTY):
        _same_again(rows)


def trouble() -> str:
    """Say why this host, which should, can seal nothing; nothing where all is well."""
    try:
        if ring.seals_here():
            ring.log_signers(ring.folder())
            check_signed()
    except (KeyTrouble, BrokenLog) as error:
        return str(error)
    return ""


def _seal_batch(now: datetime, *, sweep: bool) -> tuple[Checkpoint | None, bool]:
    keys = ring.folder()
    # The key folder first, and until after the commit: nobody else may sign meanwhile.
    with (
        signer_state.at_work(keys, lambda: ring.log_signers(keys)) as signer,
        transaction.atomic(durable=True),
    ):
        head = _locked_head()
        trust = known.trusted([one.key for one in signer.signers])
        frontier = _trusted_frontier(head, trust)
        again = _broken_off(signer.state, _tree(frontier))
        if again:
            entries, more = _same_again(again), True
        else:
            waiting = _waiting(sweep=sweep).exclude(uid__in=_quarantined(trust))
            found = _rows(waiting.order_by("id")[:BATCH])
            entries, more = _sound(found, trust, now), len(found) == BATCH
        checkpoint = _append(head, frontier, entries, now, signer) if entries else None
        known.carry_own(now)
        if sweep and not more:
            Head.objects.filter(pk=head.pk).update(swept_at=now)
    return checkpoint, more


def _broken_off(state: SignerState, found: Tree) -> tuple[int, ...]:
    try:
        return signer_state.check(state, found, _root_of_first)
    except StateMismatch as error:
        raise BrokenLog(str(error)) from error


def _same_again(ids: Sequence[int]) -> list[_Waiting]:
    """Return the rows of a seal that was broken off, in its order and with no new judgement."""
    found = {entry.id: entry for entry in _rows(Entry.objects.filter(id__in=ids))}
    if len(found) != len(ids):
        raise BrokenLog(
            f"{len(ids) - len(found)} entries are gone that were being sealed when the sealing"
            " broke off: the database was put back to an older state"
        )
    return [found[id] for id in ids]


def _sound(found: Sequence[_Waiting], trust: Trust, now: datetime) -> list[_Waiting]:
    """Leave out, and name on the log, what this product or an endorsed writer did not write."""
    sound = []
    for entry in found:
        if flaw := entry.flaw(trust):
            _quarantine(entry, flaw, now)
        else:
            sound.append(entry)
    return sound


def _rows(entries: QuerySet[Entry]) -> list[_Waiting]:
    fields = ("id", "uid", "body", "leaf_hash", "signature")
    return [_Waiting(*row) for row in entries.values_list(*fields)]


def _tree(frontier: merkle.Frontier) -> Tree:
    return Tree(frontier.size, frontier.root().hex())


def _root_of_first(size: int) -> str:
    leaves = Leaf.objects.filter(index__lt=size).order_by("index")
    hashes = leaves.values_list("leaf_hash", flat=True).iterator()
    return merkle.root(bytes.fromhex(leaf) for leaf in hashes).hex()


def _waiting(*, sweep: bool) -> QuerySet[Entry]:
    """Return entries without a leaf; never "those after the last", as ids commit out of order."""
    waiting = Entry.objects.filter(leaf__isnull=True)
    if not sweep and (newest := Leaf.objects.order_by("-index").first()):
        waiting = waiting.filter(id__gt=newest.entry_id - LOOK_BACK)
    return waiting


def _quarantined(trust: Trust) -> list[uuid.UUID]:
    """Return the entries that were named already, so that each is named once."""
    named = Entry.objects.filter(event=Event.LOG_QUARANTINED)
    subjects = list(named.filter(leaf__isnull=False).values_list("subject", flat=True))
    # Of those that wait only what we signed: else a row that somebody adds would keep others out.
    waiting = _rows(named.filter(leaf__isnull=True))
    subjects += [json.loads(one.body)["subject"] for one in waiting if not one.flaw(trust)]
    uids = [uid for kind, _, uid in (one.partition(":") for one in subjects) if kind == "entry"]
    return [uuid.UUID(uid) for uid in uids if is_uid(uid)]


def _locked_head() -> Head:
    """Become the one leader until the transaction ends; on SQLite the transaction itself is it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    head = Head.objects.select_for_update().first()
    return head or _rebuilt_head()


def _rebuilt_head() -> Head:
    frontier = merkle.Frontier()
    leaves = Leaf.objects.order_by("index").values_list("leaf_hash", flat=True)
    for leaf in leaves.iterator():
        frontier = frontier.append(bytes.fromhex(leaf))
    peaks = [peak.hex() for peak in frontier.peaks]
    return Head.objects.create(pk=1, size=frontier.size, frontier=peaks)


def _trusted_frontier(head: Head, trust: Trust) -> merkle.Frontier:
    """Return where to go on, once it fits both the leaves and the last checkpoint."""
    try:
        peaks = tuple(bytes.fromhex(peak) for peak in head.frontier)
        frontier = merkle.Frontier(head.size, peaks)
    except (ValueError, TypeError) as error:
        raise BrokenLog(f"the head is unreadable: {error}") from error
    newest = Leaf.objects.order_by("-index").first()
    leaves = newest.index + 1 if newest else 0
    last = Checkpoint.objects.order_by("-size").first()
    stated = last.size if last else 0
    if not leaves == stated == head.size:
        raise BrokenLog(
            f"there are {leaves} leaves, the last checkpoint states {stated} and the head"
            f" {head.size}; run `manage.py verify-log`"
        )
    if last and last.root != frontier.root().hex():
        raise BrokenLog(f"the head does not lead to the root stated for {stated} leaves")
    if last and (flaw := trust.checkpoint_flaw(last.note, last.size, frontier.root())):
        raise BrokenLog(f"the last checkpoint, of {stated} leaves, was not made here: {flaw}")
    return frontier


def _append(
    head: Head,
    frontier: merkle.Frontier,
    entries: Sequence[_Waiting],
    now: datetime,
    signer: LogSigner,
) -> Checkpoint:
    first, before = frontier.size, _tree(frontier)
    for entry in entries:
        frontier = frontier.append(bytes.fromhex(entry.leaf_hash))
    Leaf.objects.bulk_create(
        Leaf(index=index, entry_id=entry.id, leaf_hash=entry.leaf_hash)
        for index, entry in enumerate(entries, start=first)
    )
    _store_nodes(first, frontier.size)
    _store_citations(entries)
    peaks = [peak.hex() for peak in frontier.peaks]
    Head.objects.filter(pk=head.pk).update(size=frontier.size, frontier=peaks)
    after = _tree(frontier)
    note = signer.sign(before, after, [entry.id for entry in entries])
    return Checkpoint.objects.create(size=after.size, root=after.root, made_at=now, note=note)


def _store_nodes(first: int, size: int) -> None:
    """Keep the hash over each subtree that has become full: over leaves, then over such hashes."""
    for number in range(first // RUN, size // RUN):
        run = Leaf.objects.filter(index__gte=number * RUN, index__lt=(number + 1) * RUN)
        _store_node(8, number, run.order_by("index").values_list("leaf_hash", flat=True))
    for level in range(16, size.bit_length(), 8):
        for number in range(first >> level, size >> level):
            below = Node.objects.filter(level=level - 8, number__gte=number * RUN)
            below = below.filter(number__lt=(number + 1) * RUN).order_by("number")
            _store_node(level, number, below.values_list("node_hash", flat=True))


def _store_node(level: int, number: int, below: Iterable[str]) -> None:
    top = merkle.root(bytes.fromhex(one) for one in below)
    Node.objects.create(level=level, number=number, node_hash=top.hex())


def _store_citations(entries: Sequence[_Waiting]) -> None:
    Citation.objects.bulk_create(
        (
            Citation(entry_id=entry.id, cited=uid)
            for entry in entries
            for uid in soundness.cited(json.loads(entry.body))
        ),
        batch_size=500,
    )


def _quarantine(entry: _Waiting, flaw: str, now: datetime) -> None:
    log.record(
        Event.LOG_QUARANTINED,
        actor=ACTOR,
        subject=f"entry:{entry.uid}",
        at=now,
        reason=f"Not sealed: {flaw}.",
        facts={"row": entry.id, "stated_hash": entry.leaf_hash},
    )
