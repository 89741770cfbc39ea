"""Which checkpoint did this host's log key sign last, whatever the database says today?

The state lies beside the key and is on the disk before a checkpoint can be seen by anyone. So a
database that was put back to yesterday, cut off or rewritten is noticed before anything is signed
on top of it, and no two roots are ever signed for one size.

`next` is written before the database commits. When that commit did not happen, exactly the same
rows are sealed again, or nothing is: somebody may have seen the note.
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from audit import merkle, notes
from audit.keys.folder import KeyFolder, KeyTrouble
from audit.notes import Signer

NAME = "signer-state"


class StateMismatch(RuntimeError):
    """The database is not the one for which this host's key signed last."""


class AlreadySigned(RuntimeError):
    """Another root of this size, or a larger one, has been signed."""


@dataclass(frozen=True)
class Tree:
    """Name one tree by its size and root."""

    size: int
    root: str


EMPTY = Tree(0, merkle.EMPTY_ROOT.hex())


@dataclass(frozen=True)
class SignerState:
    """Remember the tree that was there, and what was signed on top of it, with its rows."""

    signed: Tree
    next: Tree | None = None
    rows: tuple[int, ...] = ()

    @property
    def last(self) -> Tree:
        """Return the largest tree that may have been seen outside."""
        return self.next or self.signed

    def __str__(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, text: str) -> "SignerState":
        """Read what `str` writes; raise ValueError otherwise."""
        found = json.loads(text)
        if not isinstance(found, dict) or set(found) != {"signed", "next", "rows"}:
            raise ValueError("it has other members")
        rows = found["rows"]
        if not (isinstance(rows, list) and all(type(row) is int for row in rows)):
            raise ValueError("its rows are no numbers")
        upcoming = None if found["next"] is None else _tree(found["next"])
        return cls(_tree(found["signed"]), upcoming, tuple(rows))


def begin(folder: KeyFolder) -> None:
    """Write the state of a key that has signed nothing."""
    folder.create(NAME, str(SignerState(EMPTY)))


def read(folder: KeyFolder) -> SignerState:
    """Return the state; raise KeyTrouble when there is none, for then a rewind would pass."""
    text = folder.read(NAME)
    if text is None:
        raise KeyTrouble(
            f"{folder / NAME} is missing: without it nobody can tell whether the database was put"
            " back to an older state. Put the file back; or, if `manage.py verify-log` names"
            " nothing else and the database is the newest, run `manage.py log-keys adopt`"
        )
    try:
        return SignerState.parse(text)
    except (ValueError, RecursionError) as error:
        raise KeyTrouble(
            f"{folder / NAME} cannot be read ({error}): put it back from a backup that is as new"
            " as the database"
        ) from error


def check(state: SignerState, found: Tree, root_at: Callable[[int], str]) -> tuple[int, ...]:
    """Return the rows that must be sealed next, if a seal was broken off; none otherwise.

    Raises StateMismatch when what was signed is not in the database any more.
    """
    if found == state.last:
        return ()
    if found == state.signed:
        return state.rows
    if found.size <= state.last.size:
        raise StateMismatch(_rewound(state, found))
    # Larger: this file is the older one. What it remembers must still be in there.
    if root_at(state.last.size) != state.last.root:
        raise StateMismatch(_rewound(state, found))
    return ()


class LogSigner:
    """Sign checkpoints, each size once."""

    def __init__(self, folder: KeyFolder, signers: Sequence[Signer]) -> None:
        """Take the folder and the keys that sign: the newest first, others while they overlap."""
        self.folder = folder
        self.signers = tuple(signers)
        self.state = read(folder)

    def sign(self, before: Tree, after: Tree, rows: Sequence[int]) -> str:
        """Remember on the disk what is about to be signed, then sign it."""
        state = self.state
        if state.next and before == state.signed:
            if after != state.next:
                raise AlreadySigned(
                    f"a root of {state.next.size} entries was signed when the sealing broke off,"
                    f" and these rows do not lead to it; {self.folder / NAME} names the rows"
                )
        else:
            if after.size <= max(state.last.size, before.size):
                raise AlreadySigned(f"a tree of {state.last.size} entries was signed already")
            self.state = SignerState(before, after, tuple(rows))
            self.folder.replace(NAME, str(self.state))
        text = notes.checkpoint(
            origin=self.signers[0].name, size=after.size, root=bytes.fromhex(after.root)
        )
        return notes.sign(text, *self.signers)


@contextlib.contextmanager
def at_work(folder: KeyFolder, signers: Callable[[], Sequence[Signer]]) -> Iterator[LogSigner]:
    """Hold the folder while checkpoints are signed, until they are committed."""
    with folder.alone():
        yield LogSigner(folder, signers())


def _tree(found: Any) -> Tree:
    if not (
        isinstance(found, dict)
        and set(found) == {"size", "root"}
        and type(found["size"]) is int
        and found["size"] >= 0
        and isinstance(found["root"], str)
        and len(bytes.fromhex(found["root"])) == 32
    ):
        raise ValueError("it names no size and root")
    return Tree(found["size"], found["root"])


def _rewound(state: SignerState, found: Tree) -> str:
    return (
        f"the database holds {found.size} sealed entries under {found.root[:12]}, but this host"
        f" has signed {state.last.size} under {state.last.root[:12]}: the database was put back to"
        " an older state, cut off or exchanged. Nothing is sealed until it is whole again: restore"
        " the newer database, and see `manage.py verify-log`"
    )
