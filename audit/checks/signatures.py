"""Did this log's keys sign what lies in the database, and all that they have signed?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from audit.keys import ring, signer_state
from audit.keys.folder import KeyTrouble
from audit.keys.signer_state import SignerState, Tree
from audit.keys.trust import Trust
from audit.models import Entry

Found = tuple[str, str]  # where, and what does not hold there
BLOCK = 500


def remembered() -> SignerState | KeyTrouble | None:
    """Return what this host remembers to have signed; None where it is not the one that signs."""
    try:
        return signer_state.read(ring.folder()) if ring.seals_here() else None
    except KeyTrouble as trouble:  # the log can be verified all the same, and this be told
        return trouble


def stated(trust: Trust, checkpoints: Iterable[tuple[int, str, str]]) -> Iterator[Found]:
    """Check the signed text of each checkpoint, which others may have copied, and its columns."""
    for size, root, note in checkpoints:
        where = f"checkpoint {size}"
        try:
            raw = bytes.fromhex(root)
        except ValueError:
            yield where, "its root is no hash"
            continue
        if size < 1:
            yield where, "no tree has this size: it was invented"
        elif flaw := trust.checkpoint_flaw(note, size, raw):
            yield where, flaw


def signer(state: SignerState | KeyTrouble | None, roots: Mapping[int, str]) -> Iterator[Found]:
    """Compare what this host remembers to have signed with the checkpoints in the database."""
    if isinstance(state, KeyTrouble):
        yield "signer state", str(state)
        return
    if state is None:
        return
    signed = state.signed
    if signed.size and roots.get(signed.size) != signed.root:
        yield "signer state", _gone(signed.size, signed.root)
    elif state.next and not _in_hand(state.next, state.rows, roots):
        yield "signer state", _gone(state.next.size, state.next.root)


def _in_hand(upcoming: Tree, rows: Sequence[int], roots: Mapping[int, str]) -> bool:
    """Say whether it is there, or will be: a sealing at work, or broken off, is made good."""
    if upcoming.size in roots:
        return roots[upcoming.size] == upcoming.root
    return max(roots, default=0) < upcoming.size and not _absent(rows)


def _gone(size: int, root: str) -> str:
    return (
        f"this host has signed {size} entries under {root[:12]}, and the log here does not have"
        " them: it was cut off, exchanged, or put back to an older state"
    )


def _absent(rows: Sequence[int]) -> bool:
    blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
    return sum(Entry.objects.filter(id__in=block).count() for block in blocks) != len(rows)
