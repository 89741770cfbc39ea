"""Do the tables that are drawn from the sealed entries still say what the entries say?

Head, nodes and citations can all be rebuilt; but pages and proofs read them, so none may lie.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from audit import merkle
from audit.merkle import LEVELS
from audit.models import Citation, Entry, Head, Leaf, Node
from audit.sequencer import RUN
from audit.texts.checking import among

Found = tuple[str, str]  # where, and what does not hold there
BLOCK = 500  # names in one query
_NODE = ("level", "number", "node_hash")


def head(found: Head | None, roots: Mapping[int, str], least: int) -> Iterator[Found]:
    """Compare the cached frontier with the checkpoints that were there before it was read."""
    if found is None or (found.size == 0 and least == 0):
        return
    try:
        peaks = tuple(bytes.fromhex(peak) for peak in found.frontier)
        root = merkle.Frontier(found.size, peaks).root().hex()
    except (ValueError, TypeError) as error:
        yield "head", f"it is unreadable: {error}"
        return
    if found.size < least:
        yield "head", f"it is at {found.size} leaves, but a checkpoint states {least}"
    elif roots.get(found.size) != root:
        yield "head", f"it does not lead to the root stated for {found.size} leaves"


def nodes(tops: Sequence[bytes | None], start: int = 0) -> Iterator[Found]:
    """Compare the stored hashes, or those from a full run on, with those that came out of leaves.

    Each of a higher level with those of the level below, 256 at a time.
    """
    stored = _stored_nodes(start)
    first = start // RUN
    for level in range(8, 64, 8):
        for number, top in enumerate(tops, first):
            if top is None or stored.pop((level, number), None) != top.hex():
                yield f"node {level}/{number}", "the stored hash is not the one of its leaves"
        tops, first = _above(tops, first)
    if stored:
        # Counted after they were read: entries may be sealed meanwhile, never unsealed.
        full = start + Leaf.objects.filter(index__gte=start).count()
        for level, number in sorted(stored):
            if level not in LEVELS or not 0 <= number < full >> level:
                what = "there are no leaves below it: it was invented"
                yield f"node {level}/{number}", what


def _stored_nodes(start: int) -> dict[tuple[int, int], str]:
    """Read the hashes over leaves that are read too, and whatever lies where none may."""
    rows = Node.objects.all()
    for level in LEVELS[:-1]:
        rows = rows.exclude(level=level, number__gte=0, number__lt=-(-start >> level))
    return {(level, number): kept for level, number, kept in rows.values_list(*_NODE)}


def _above(tops: Sequence[bytes | None], first: int) -> tuple[list[bytes | None], int]:
    """Return the hashes over each 256 of a level that are all there."""
    begin = -first % RUN
    found: list[bytes | None] = []
    for at in range(begin, len(tops) - RUN + 1, RUN):
        below = tops[at : at + RUN]
        found.append(None if None in below else merkle.root(top for top in below if top))
    return found, (first + begin) // RUN


def citations(cited: Mapping[int, Collection[uuid.UUID]]) -> Iterator[tuple[int, str]]:
    """Compare what is kept of some entries' citations with what their texts cite."""
    kept: defaultdict[int, set[uuid.UUID]] = defaultdict(set)
    found = Citation.objects.filter(among("entry_id", cited))
    for entry_id, uid in found.values_list("entry_id", "cited"):
        if entry_id in cited:
            kept[entry_id].add(uid)
    present = _present({uid for uids in cited.values() for uid in uids})
    for entry_id, uids in cited.items():
        if (uids or entry_id in kept) and kept[entry_id] != set(uids):
            yield entry_id, "the kept citations are not those of its text"
        for uid in sorted(set(uids) - present) if uids else ():
            yield entry_id, f"it rests on entry {uid}, which is gone"


def unsealed_citations(first_row: int = 0) -> Iterator[Found]:
    """Find citations kept for entries that have no place yet: sealing alone writes them."""
    for entry_id in (
        Citation.objects.filter(entry__leaf__isnull=True, entry_id__gte=first_row)
        .order_by("entry_id")
        .values_list("entry_id", flat=True)
        .distinct()[:BLOCK]
    ):
        yield f"row {entry_id}", "citations are kept for an entry that is not sealed"


def _present(uids: set[uuid.UUID]) -> set[uuid.UUID]:
    names = sorted(uids)
    found: set[uuid.UUID] = set()
    for start in range(0, len(names), BLOCK):
        block = Entry.objects.filter(uid__in=names[start : start + BLOCK])
        found |= set(block.values_list("uid", flat=True))
    return found
