"""Does what is stated outside fit the tree that we have?"""

from datetime import datetime

from audit import proofs
from audit.anchors.places import Claim, Conflict
from audit.anchors.stated import Stated, Unreadable, parse
from audit.models import Checkpoint, Leaf


def newest() -> Claim | None:
    """Return our own newest checkpoint that is written down, as it is to be published."""
    found = Checkpoint.objects.exclude(note="").order_by("-size").first()
    if found is None:
        return None
    return Claim(
        origin=parse(found.note).origin,
        size=found.size,
        root=found.root,
        note=found.note,
        at=found.made_at,
    )


def claim(note: str, *, reference: str, at: datetime | None) -> Claim:
    """Read a note that somebody keeps; raise Unreadable."""
    stated = parse(note)
    return claim_of(stated, note=note, reference=reference, at=at)


def claim_of(stated: Stated, *, reference: str, at: datetime | None, note: str = "") -> Claim:
    """Join three lines with where and since when they stand."""
    return Claim(
        origin=stated.origin,
        size=stated.size,
        root=stated.root,
        note=note,
        reference=reference,
        at=at,
    )


def require_fit(stated: Claim, ours: Claim) -> None:
    """Raise Conflict when the claim is of another log, of a longer one or of a forked one."""
    if stated.origin != ours.origin:
        raise Conflict(f"it holds the checkpoint of another log, {stated.origin[:100]}")
    held = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    leaves = 0 if held is None else held + 1
    if stated.size > leaves:
        raise Conflict(ahead(stated, leaves))
    if stated.root and stated.root != _root_at(stated.size):
        raise Conflict(forked(stated))


def readable(note: str, *, reference: str, at: datetime | None = None) -> Claim:
    """Read a note at a place; raise Conflict where it is none."""
    try:
        return claim(note, reference=reference, at=at)
    except Unreadable as error:
        raise Conflict(f"it holds something that is no checkpoint: {error}") from error


def ahead(stated: Claim, leaves: int) -> str:
    """Word that a place knows more than we have."""
    return (
        f"it states {stated.size} leaves{since(stated)}, but the log has only {leaves}: its end"
        " was cut off, or an older copy of the database was restored"
    )


def forked(stated: Claim) -> str:
    """Word that a place knows another history."""
    return (
        f"it states another root for {stated.size} leaves{since(stated)}: what was published"
        " there is not the beginning of this log"
    )


def since(stated: Claim) -> str:
    """Word since when something is stated."""
    return f" since {stated.at:%Y-%m-%d %H:%M:%S} UTC" if stated.at else ""


def _root_at(size: int) -> str:
    checkpoint = Checkpoint.objects.filter(size=size).first()
    if checkpoint:
        return checkpoint.root
    try:
        return proofs.root_at(size).hex()
    except ValueError:  # our own leaves are no hashes: it cannot be the tree that was published
        return ""
