"""Who writes the next entry, which number does it get, and what came before it?

Each process has a session for each of its database connections, so that writers never wait for
each other: a session counts its entries, and each entry names the hash of the one before. What is
missing between two entries was removed.
"""

import os
import secrets
import threading
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from audit import follow, notes
from audit.events import Event
from audit.keys import ring, statements
from audit.keys.folder import KeyTrouble
from audit.keys.statements import Revocation, Succession
from audit.keys.tips import TipFile
from audit.keys.trust import SESSION
from audit.models import Entry, KeyStatement
from audit.notes import Signer


@dataclass(frozen=True)
class Tip:
    """Name the last entry of a session."""

    wseq: int = 0
    leaf_hash: str = ""


class Session:
    """Count and sign what one process writes over one connection."""

    def __init__(self, signer: Signer) -> None:
        """Begin a session of its own for this process and this connection."""
        self.signer = signer
        self.name = f"{signer.name}{SESSION}{secrets.token_hex(8)}"
        self.pid = os.getpid()
        self.folder = settings.DATA_DIR
        self.file = ring.folder() / ring.WRITER
        self.stamp = _stamp(self.file)
        self.link = connection.connection
        self.committed = self.issued = Tip()
        self.kept = TipFile(ring.folder(), self.name)

    def fits(self) -> bool:
        """Say whether it still belongs to this process, connection and data folder."""
        return (
            self.pid == os.getpid()  # a fork copies the session, and both would count on
            and self.link is connection.connection
            and (self.folder is (now := settings.DATA_DIR) or self.folder == now)
            and self.stamp == _stamp(self.file)  # revoked and exchanged meanwhile
        )

    def tip(self) -> Tip:
        """Return the entry that comes before the next one, as this transaction sees it."""
        # Django drops the hooks of what is rolled back, a savepoint's too: what is left is what
        # this transaction has written so far.
        for _, hook, *_ in reversed(connection.run_on_commit):
            if isinstance(hook, _Written) and hook.session is self:
                return hook.tip
        if self.issued != self.committed:  # rolled back, or its hook was never called
            self.committed = self.issued = self._stored()
        return self.committed

    def sign(self, leaf_hash: str) -> str:
        """Sign a leaf hash."""
        return b64encode(self.signer.sign(bytes.fromhex(leaf_hash))).decode()

    def place(self, before: Tip) -> dict[str, str | int]:
        """Return what the entry behind a tip says about its place in this session."""
        return {"writer": self.name, "wseq": before.wseq + 1, "wprev": before.leaf_hash}

    def written(self, tip: Tip, event: Event, subject: str) -> None:
        """Note an entry as written; it counts once its transaction has committed."""
        self.issued = tip
        # What is recorded is done: a follower that fails is logged, and takes nothing back.
        transaction.on_commit(_Written(self, tip, event, subject), robust=True)

    def _stored(self) -> Tip:
        rows = Entry.objects.filter(writer=self.name).order_by("-wseq")
        last = rows.values_list("wseq", "leaf_hash").first()
        return Tip(*last) if last else Tip()


class _Written:
    """Be called when the transaction of an entry has committed."""

    def __init__(self, session: Session, tip: Tip, event: Event, subject: str) -> None:
        self.session, self.tip, self.event, self.subject = session, tip, event, subject
        self.__qualname__ = type(self).__qualname__  # by which Django names a hook that failed

    def __call__(self) -> None:
        # Never backwards: a follower may write, and so commit, before the next hook is called.
        if self.tip.wseq > self.session.committed.wseq:
            self.session.committed = self.tip
            self.session.kept.note(self.tip.wseq, self.tip.leaf_hash)
        follow.announce(self.event, self.subject)


_sessions: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()
_lock = threading.Lock()


def current() -> Session:
    """Return the session of this process and connection; raise KeyTrouble when it cannot sign."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    session = _sessions.get(wrapper)
    if session is None or not session.fits():
        session = Session(_signer())
        with _lock:
            _sessions[wrapper] = session
    return session


def forget() -> None:
    """Let this thread's next entry begin a session of its own."""
    with _lock:
        _sessions.pop(connections[DEFAULT_DB_ALIAS], None)


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None  # whoever reads the key next is told why
    return found.st_ino, found.st_mtime_ns


def _signer() -> Signer:
    keys = ring.folder()
    signer = ring.writer(keys)
    if signer is None:
        raise KeyTrouble(
            f"{keys / ring.WRITER} is missing, so nothing can be recorded from this host. Put the"
            " file back from a backup, or, on a further host, run `manage.py log-keys new-writer`"
        )
    if not ring.endorsed_here(keys, signer.key):
        _check_endorsed(signer)
    return signer


def _check_endorsed(signer: Signer) -> None:
    """Raise KeyTrouble unless the log key has vouched for this writer, and does so still."""
    made = KeyStatement.objects.filter(about=signer.name).values_list("note", flat=True)
    said = [statements.parse(notes.parse(note)[0]) for note in made]
    about = [one for one in said if not isinstance(one, Succession) and one.writer == signer.key]
    if any(isinstance(one, Revocation) for one in about):
        raise KeyTrouble(
            f"the key of this host's writer, {signer.name}, was revoked: remove"
            f" {ring.folder() / ring.WRITER} and run `manage.py log-keys new-writer`"
        )
    if not about:
        raise KeyTrouble(
            f"the log's key does not vouch for this host's writer yet. On the host that seals, run"
            f" `manage.py log-keys endorse {signer.key}`"
        )
