"""What did each session of this host write last, whatever the database says?

A database's owner can remove the last entry of a session before it is sealed: nothing behind it
names it. So each session keeps its number and hash in a file beside the writer's key, from just
after the commit on.

Nothing is forced to the disk: that would cost more than recording. What was written survives the
death of the process, and is lost only with the whole machine, when the file is behind the
database. It may lag, and never leads; so what it names and the database lacks was removed.
"""

import contextlib
import fcntl
import os
import re
import secrets
import weakref
from dataclasses import dataclass
from pathlib import Path

from audit.keys.folder import KeyFolder, KeyTrouble
from audit.keys.trust import SESSION

FOLDER = "tips"  # in the key folder
_LINE = re.compile(r"(\S+#[0-9a-f]{16}) (\d{20}) ([0-9a-f]{64}|-{64})\n")


@dataclass(frozen=True)
class Tip:
    """Name the last entry that a session is known to have committed; none where it is 0."""

    session: str
    wseq: int
    leaf_hash: str
    file: Path
    lives: bool  # whoever writes it may write on


class TipFile:
    """Keep one session's tip; whoever holds it open holds its lock."""

    def __init__(self, keys: KeyFolder, session: str) -> None:
        """Begin the file of a session that has written nothing."""
        self.session = session
        try:
            file = _place(keys, session)
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside = file.with_name(f".{secrets.token_hex(8)}")
            self.descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            # Locked and written before it has its name: else it would look left behind.
            fcntl.flock(self.descriptor, fcntl.LOCK_EX)
            self.note(0, "-" * 64)
            beside.rename(file)
        except OSError as error:
            raise KeyTrouble(
                f"{keys / FOLDER} cannot be written ({error.strerror}), so nothing can be recorded"
                " from this host: the folder must belong to the user that selfimprove runs as"
            ) from error
        weakref.finalize(self, os.close, self.descriptor)

    def note(self, wseq: int, leaf_hash: str) -> None:
        """Write the tip over the one before; both are of one length."""
        os.pwrite(self.descriptor, f"{self.session} {wseq:020} {leaf_hash}\n".encode(), 0)


def kept(keys: KeyFolder) -> tuple[list[Tip], list[Path]]:
    """Return the tip of each session of this host, and the files that cannot be understood."""
    tips, unreadable = [], []
    for file in sorted((keys / FOLDER).glob("[0-9a-f]*")):
        try:
            tip = _read(file)
        except FileNotFoundError:
            continue  # somebody else who compared has let it go
        except (OSError, ValueError):
            unreadable.append(file)
        else:
            tips.append(tip)
    return tips, unreadable


def is_kept(keys: KeyFolder, session: str) -> bool:
    """Say whether there is a file for a session."""
    return _place(keys, session).exists()


def let_go(tip: Tip) -> None:
    """Remove the file of a session that has ended."""
    with contextlib.suppress(FileNotFoundError):  # somebody else who compared was first
        tip.file.unlink()


def _place(keys: KeyFolder, session: str) -> Path:
    return keys / FOLDER / session.partition(SESSION)[2]


def _read(file: Path) -> Tip:
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        lives = not _is_free(descriptor)
        text = os.pread(descriptor, 1_000, 0)
        while text != (again := os.pread(descriptor, 1_000, 0)):
            text = again  # written just now: it is read until it stands still
    finally:
        os.close(descriptor)
    found = _LINE.fullmatch(text.decode())
    if found is None:
        raise ValueError("it is no tip")
    return Tip(found[1], int(found[2]), found[3], file, lives)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
