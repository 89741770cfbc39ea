"""Does what is stated outside fit the tree that we have?"""

from datetime import datetime

from audit import notes, proofs
from audit.anchors.places import Claim, Conflict
from audit.anchors.stated import Stated, Unreadable, parse
from audit.keys import known
from audit.keys.folder import KeyTrouble
from audit.keys.trust import Trust
from audit.models import Checkpoint, Leaf
from audit.notes import Key


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
        trust = trusted()
        if trust is None or stated.origin not in names(trust):
            raise Conflict(f"it holds the checkpoint of another log, {stated.origin[:100]}")
        if is_given_up(stated, trust):
            return
    held = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    leaves = 0 if held is None else held + 1
    if stated.size > leaves:
        raise Conflict(ahead(stated, leaves))
    if stated.root and stated.root != _root_at(stated.size):
        raise Conflict(forked(stated))


def trusted() -> Trust | None:
    """Return whose signatures count here; None on a host where no log key is noted."""
    try:
        return known.trusted()
    except KeyTrouble:
        return None


def signers(trust: Trust) -> tuple[Key, ...]:
    """Return every key that has ever been the log's."""
    followed = (key for one in trust.successions for key in (one.old, one.new))
    return tuple(dict.fromkeys((*trust.pinned, *followed)))


def names(trust: Trust) -> frozenset[str]:
    """Return every name that the log has had."""
    return frozenset(key.name for key in signers(trust))


def is_given_up(stated: Claim, trust: Trust) -> bool:
    """Tell whether the log said itself, by both keys, that it goes on without this tree."""
    return any(
        one.old.name == stated.origin != one.new.name and stated.size > one.size
        for one in trust.successions
    )


def not_ours(stated: Claim, trust: Trust) -> str | None:
    """Say why nobody needs to answer for what is stated, or nothing."""
    if stated.origin not in names(trust):
        return f"it holds the checkpoint of another log, {stated.origin[:100]}"
    if not stated.note:  # a witness that tells its size; it has checked the signature itself
        return None
    try:
        notes.verify(stated.note, signers(trust))
    except notes.BadNote as error:
        return f"what it states of {stated.size} leaves was not signed by this log: {error}"
    return None


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
