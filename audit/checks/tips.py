"""Is the last entry of every session of this host still in the database?"""

from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q

from audit import log
from audit.events import Event
from audit.keys import ring, tips
from audit.keys.tips import Tip
from audit.keys.trust import SESSION
from audit.models import Entry

ACTOR = log.Actor.system("audit")
HOST = "this host"
BLOCK = 200  # tips in one question
GONE = "was written, and is not in the database any more: it was removed"

Found = tuple[str, str]  # where, and what does not hold there


def tell(now: datetime) -> None:
    """Put on the log, once, each last entry that was removed; let go of what is sealed."""
    lost = list(_lost())
    for tip in lost:
        subject = f"writer:{tip.session}"[: log.SHOWN_LIMIT]
        told = Entry.objects.filter(event=Event.LOG_ENTRY_GONE, subject=subject)
        facts = {"wseq": tip.wseq, "leaf_hash": tip.leaf_hash}
        if facts not in [entry.facts for entry in told]:
            with transaction.atomic():
                log.record(Event.LOG_ENTRY_GONE, actor=ACTOR, subject=subject, at=now, facts=facts)


def differences() -> Iterator[Found]:
    """Name each last entry of this host that was removed."""
    for tip in _lost():
        yield HOST, f"entry {tip.wseq} of {tip.session} {GONE}"


def remarks() -> Iterator[Found]:
    """Name what this host should keep of its sessions and does not."""
    keys = ring.folder()
    for file in tips.kept(keys)[1]:
        yield f"{file}", "it cannot be read: whether a session's last entry is there is not known"
    for session in sorted(_without_tip()):
        yield (
            f"{keys / tips.FOLDER}",
            f"the file of {session} is missing: whether its last entry is there is not known",
        )


def give_up() -> None:
    """Let go of entries that are lost for good, once the log itself says so."""
    for tip in _lost():
        tips.let_go(tip)


def _lost() -> Iterator[Tip]:
    # The files before the database: a session may write on, and what it wrote never goes.
    kept, _ = tips.kept(ring.folder())
    for start in range(0, len(kept), BLOCK):
        some = kept[start : start + BLOCK]
        stored = _stored([tip for tip in some if tip.wseq])
        for tip in some:
            sealed = stored.get((tip.session, tip.wseq, tip.leaf_hash), tip.wseq == 0)
            if sealed is None:
                yield tip
            elif sealed and not tip.lives:
                tips.let_go(tip)


def _stored(some: list[Tip]) -> dict[tuple[str, int, str], bool | None]:
    """Say of each tip whether its entry is sealed; None where there is no such entry."""
    found: dict[tuple[str, int, str], bool | None] = {
        (tip.session, tip.wseq, tip.leaf_hash): None for tip in some
    }
    if some:
        each = reduce(or_, (Q(writer=tip.session, wseq=tip.wseq) for tip in some))
        rows = Entry.objects.filter(each).values_list("writer", "wseq", "leaf_hash", "leaf__index")
        for writer, wseq, leaf_hash, index in rows:
            if (writer, wseq, leaf_hash) in found:
                found[writer, wseq, leaf_hash] = index is not None
    return found


def _without_tip() -> set[str]:
    keys = ring.folder()
    writer = ring.writer(keys)
    if writer is None:
        return set()
    ours = Entry.objects.filter(leaf__isnull=True, writer__startswith=f"{writer.name}{SESSION}")
    waiting = ours.values_list("writer", flat=True).distinct()
    missing = {name for name in waiting if not tips.is_kept(keys, name)}
    # Sealed meanwhile, and so let go of: then nothing is missing.
    return missing & set(ours.filter(writer__in=missing).values_list("writer", flat=True))
