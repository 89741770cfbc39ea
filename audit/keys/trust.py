"""Whose signatures count, given the log key that somebody outside has noted?

From that one key follows everything else: it endorses writers, and its successors.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from audit import notes
from audit.keys import statements
from audit.keys.statements import Endorsement, Revocation, Succession
from audit.notes import BadNote, Key

UNSIGNED = "it is not signed by its writer"
SESSION = "#"  # stands between the name of a writer's key and the name of its session


@dataclass(frozen=True)
class Trust:
    """Hold the keys that count, and from or up to which size."""

    pinned: tuple[Key, ...]
    successions: tuple[Succession, ...] = ()
    writers: Mapping[str, Key] = field(default_factory=dict)
    revoked: Mapping[str, int] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Return the name under which the log goes on."""
        old = {one.old for one in self.successions}
        return next((one.new.name for one in self.successions if one.new not in old), self.first)

    @property
    def first(self) -> str:
        """Return the name that was noted."""
        return self.pinned[0].name

    @property
    def origins(self) -> frozenset[str]:
        """Return every name that the log has had."""
        keys = (key for one in self.successions for key in (one.old, one.new))
        return frozenset(key.name for key in (*self.pinned, *keys))

    def log_keys(self, size: int) -> tuple[Key, ...]:
        """Return the keys of which one must have signed the checkpoint of this size."""
        keys = dict.fromkeys(self.pinned)
        for one in self.successions:
            keys[one.new if size > one.size else one.old] = None
        return tuple(keys)

    def checkpoint_flaw(self, note: str, size: int, root: bytes) -> str | None:
        """Say why the note does not state this size and root under a key of the log."""
        try:
            text, signed_by = notes.verify(note, self.log_keys(size))
        except BadNote as error:
            return str(error)
        for origin in {key.name for key in signed_by}:
            if text == notes.checkpoint(origin=origin, size=size, root=root):
                return None
        return "its text states something else than its size and root"

    def key_of(self, writer: str, index: int | None = None) -> Key | str:
        """Return the key that must have signed an entry of this writer, or why none may have.

        An entry without a place yet (no index) counts only while its writer is not revoked.
        """
        name = writer.partition(SESSION)[0]
        key = self.writers.get(name)
        if key is None:
            return f"its writer {name[:80]} was never endorsed by the log key"
        size = self.revoked.get(name)
        if size is not None and (index is None or index >= size):
            return f"its writer {name} was revoked at {size} entries"
        return key

    def flaw(
        self, writer: str, leaf_hash: str, signature: str, index: int | None = None
    ) -> str | None:
        """Say why an entry is not one that this writer's key signed, or nothing."""
        key = self.key_of(writer, index)
        if isinstance(key, str):
            return key
        return None if signed(key, leaf_hash, signature) else UNSIGNED


def signed(key: Key, leaf_hash: str, signature: str) -> bool:
    """Say whether the key made this signature over the leaf hash."""
    try:
        return key.signed(
            bytes.fromhex(leaf_hash), base64.b64decode(signature.encode("ascii"), validate=True)
        )
    except (ValueError, binascii.Error):
        return False


def trust(pinned: Sequence[Key], made: Iterable[str]) -> Trust:
    """Take the statements that follow from the pinned keys, in any order, and no others."""
    if not pinned:
        raise ValueError("trust begins with a key")
    made = list(made)
    successions = _successions(pinned, made)
    speaking = [*pinned, *(one.new for one in successions)]
    writers: dict[str, Key] = {}
    revoked: dict[str, int] = {}
    for note in made:
        match _said(note, speaking):
            case Endorsement(writer=key):
                writers.setdefault(key.name, key)
            case Revocation(writer=key, size=size):
                revoked[key.name] = min(size, revoked.get(key.name, size))
    return Trust(tuple(pinned), tuple(successions), writers, revoked)


def _successions(pinned: Sequence[Key], made: Sequence[str]) -> list[Succession]:
    """Follow the log key forwards and backwards: each succession is signed by both keys."""
    found: dict[Succession, None] = {}
    known = dict.fromkeys(pinned)
    grown = True
    while grown:
        grown = False
        for note in made:
            said = _parsed(note)
            if not isinstance(said, Succession) or said in found:
                continue
            if (said.old in known or said.new in known) and _signed_by_both(note, said):
                found[said] = None
                known |= {said.old: None, said.new: None}
                grown = True
    return list(found)


def _signed_by_both(note: str, said: Succession) -> bool:
    try:
        return len(notes.verify(note, [said.old, said.new])[1]) == 2
    except BadNote:
        return False


def _said(note: str, speaking: Sequence[Key]) -> statements.Statement | None:
    """Return what a key says about its own log; None when it is none that may speak."""
    try:
        text, signed_by = notes.verify(note, speaking)
        said = statements.parse(text)
    except BadNote:
        return None
    return said if said.origin in {key.name for key in signed_by} else None


def _parsed(note: str) -> statements.Statement | None:
    """Read a note without believing it."""
    try:
        return statements.parse(notes.parse(note)[0])
    except BadNote:
        return None
