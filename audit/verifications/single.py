"""Is one entry still what was recorded, as far as it and what stands over it can tell?"""

from collections.abc import Sequence
from dataclasses import dataclass

from audit import log, proofs, soundness
from audit.keys import known
from audit.models import Checkpoint, Entry
from audit.notes import Key
from audit.proofs import Proof


@dataclass(frozen=True)
class Looked:
    """Say what was found about one entry."""

    entry: Entry
    proof: Proof | None  # under the newest checkpoint; none while it is not sealed
    problems: tuple[str, ...]


def look(entry: Entry, pinned: Sequence[Key] = ()) -> Looked:
    """Check its text, its hash, its writer's signature, and its place under the newest checkpoint.

    Raises KeyTrouble when no log key is known to judge by.
    """
    problems = []
    trust = known.trusted(pinned)
    if log.leaf_hash(entry.body) != entry.leaf_hash:
        problems.append("its text does not match its hash")
    if flaw := soundness.flaw(entry.body, entry.uid):
        problems.append(flaw)
    newest = Checkpoint.objects.order_by("-size").first()
    proof = proofs.under(entry, newest) if newest else None
    index = proof.index if proof else None
    if flaw := trust.flaw(str(entry.writer), entry.leaf_hash, entry.signature, index):
        problems.append(flaw)
    if newest and (flaw := trust.checkpoint_flaw(newest.note, newest.size, _bytes(newest.root))):
        problems.append(f"the newest checkpoint was not made here: {flaw}")
    if proof and not proof.holds:
        problems.append(
            f"it does not lead to the root stated for {proof.size} entries: it, or another entry,"
            " was changed"
        )
    return Looked(entry, proof, tuple(problems))


def _bytes(root: str) -> bytes:
    try:
        return bytes.fromhex(root)
    except ValueError:  # written past the application: no note states it
        return b""
