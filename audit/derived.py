"""Do the tables that are drawn from the sealed entries still say what the entries say?

Head, nodes and citations can all be rebuilt; but pages and proofs read them, so none may lie.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from audit import merkle
from audit.models import Citation, Entry, Head, Leaf, Node
from audit.sequencer import RUN

Found = tuple[str, str]  # where, and what does not hold there
BLOCK = 500  # names in one query


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


def nodes(size: int, start: int = 0) -> Iterator[Found]:
    """Compare each stored hash, or those from a full run on, with the leaves below it."""
    first = start // RUN
    later = Node.objects.exclude(number__gte=0, number__lt=first)
    stored = dict(later.values_list("number", "node_hash"))
    # Counted after the nodes were read: entries may be sealed meanwhile, never unsealed.
    full = (start + Leaf.objects.filter(index__gte=start).count()) // RUN
    for number in range(first, size // RUN):
        run = Leaf.objects.filter(index__gte=number * RUN, index__lt=(number + 1) * RUN)
        hashes = run.order_by("index").values_list("leaf_hash", flat=True)
        if _root(hashes) != stored.get(number):
            yield f"node {number}", "the stored hash is not the one of its leaves"
    for number in sorted(stored):
        if not 0 <= number < full:
            yield f"node {number}", "there are no leaves below it: it was invented"


def citations(cited: Mapping[int, frozenset[uuid.UUID]]) -> Iterator[tuple[int, str]]:
    """Compare what is kept of some entries' citations with what their texts cite."""
    kept: defaultdict[int, set[uuid.UUID]] = defaultdict(set)
    for entry_id, uid in Citation.objects.filter(entry_id__in=cited).values_list(
        "entry_id", "cited"
    ):
        kept[entry_id].add(uid)
    present = _present({uid for uids in cited.values() for uid in uids})
    for entry_id, uids in cited.items():
        if kept[entry_id] != uids:
            yield entry_id, "the kept citations are not those of its text"
        for uid in sorted(uids - present):
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


def _root(hashes: Iterable[str]) -> str | None:
    try:
        return merkle.root(bytes.fromhex(leaf) for leaf in hashes).hex()
    except ValueError:
        return None
