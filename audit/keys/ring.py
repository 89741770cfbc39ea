"""Which keys does this host hold, and which log key has it noted?"""

import re
import secrets
import socket
from pathlib import Path

from django.conf import settings

from audit import notes
from audit.keys import signer_state, statements
from audit.keys.folder import KeyFolder, KeyTrouble
from audit.keys.statements import Endorsement
from audit.notes import BadKey, BadNote, Key, Signer

LOG, OLD_LOG, NEW_LOG = "log.key", "log.old.key", "log.new.key"
WRITER = "writer.key"
ENDORSED = "writer.endorsed"  # what the log key says about this host's writer
PINNED = "log.pub"  # public: the log keys that this host has noted, one a line


def folder() -> KeyFolder:
    """Return this host's key folder."""
    return KeyFolder(Path(settings.DATA_DIR))


def new_origin() -> str:
    """Return a name for a log, which no other has."""
    return f"selfimprove/{secrets.token_hex(4)}"


def make_log_keys(keys: KeyFolder) -> None:
    """Make a log key, a state that has signed nothing, and a writer's key that it endorses.

    Raises KeyTrouble when any of them is there: a key is never exchanged silently. A step that a
    crash left undone is done the next time, as the log key comes last.
    """
    if keys.holds(LOG):
        raise KeyTrouble(f"{keys / LOG} is there already and is not written over")
    if keys.holds(signer_state.NAME) and signer_state.read(keys).last.size:
        raise KeyTrouble(
            f"{keys / LOG} is missing, though it has signed before: put it back from a backup"
        )
    log_key = Signer.make(new_origin())
    for name in (signer_state.NAME, WRITER, ENDORSED, PINNED):
        keys.remove(name)
    signer_state.begin(keys)
    writer = make_writer(keys)
    keys.create(ENDORSED, endorse(log_key, writer.key))
    keys.create(PINNED, f"{log_key.key}\n")
    keys.create(LOG, log_key.secret() + "\n")


def make_writer(keys: KeyFolder, *, instead: bool = False) -> Signer:
    """Make this host's writer key; raise KeyTrouble when there is one, unless it is replaced."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:60] or "host"
    writer = Signer.make(f"writer/{host}/{secrets.token_hex(4)}")
    (keys.replace if instead else keys.create)(WRITER, writer.secret() + "\n")
    return writer


def endorse(log_key: Signer, writer: Key, *others: Signer) -> str:
    """Write the note by which the log key vouches for a writer's key."""
    return notes.sign(str(Endorsement(log_key.name, writer)), log_key, *others)


def log_signers(keys: KeyFolder) -> tuple[Signer, ...]:
    """Return the log's keys, the newest first; raise KeyTrouble when this host holds none."""
    if keys.holds(NEW_LOG):
        raise KeyTrouble(
            f"{keys / NEW_LOG} is there: a rotation was broken off, and nothing is signed until"
            " `manage.py log-keys rotate` has finished it"
        )
    current = _signer(keys, LOG)
    if current is None:
        raise KeyTrouble(
            f"{keys / LOG} is missing, so this host cannot seal. If the log's key belongs here,"
            " put the file back from a backup: a new one would belong to no checkpoint. On a"
            " further host it is not needed: only one host seals"
        )
    old = _signer(keys, OLD_LOG)
    if old is not None and old.name != current.name:
        raise KeyTrouble(f"{keys / OLD_LOG} belongs to {old.name}, {keys / LOG} to {current.name}")
    return (current,) if old is None else (current, old)


def new_log_signer(keys: KeyFolder) -> Signer | None:
    """Return the key of a rotation that was broken off."""
    return _signer(keys, NEW_LOG)


def log_name(keys: KeyFolder) -> str:
    """Return the name of the log whose key lies here."""
    current = _signer(keys, LOG)
    if current is None:
        raise KeyTrouble(f"{keys / LOG} is missing: put it back from a backup")
    return current.name


def exchange_log_key(keys: KeyFolder) -> None:
    """Put the new log key in place of the old one; finish if broken off.

    The old one stays beside it while both sign, which it cannot under another name.
    """
    current, new = _signer(keys, LOG), _signer(keys, NEW_LOG)
    if current is None or new is None:
        raise KeyTrouble(f"{keys / LOG} and {keys / NEW_LOG} must both be there")
    if current.key != new.key:
        if current.name == new.name:
            keys.replace(OLD_LOG, current.secret() + "\n")
        keys.replace(LOG, new.secret() + "\n")
    old = _signer(keys, OLD_LOG)
    signers = [new] if old is None else [new, old]
    own = writer(keys)
    if own is not None:
        keys.replace(ENDORSED, endorse(new, own.key, *signers[1:]))
    keys.replace(PINNED, "".join(f"{one.key}\n" for one in signers))
    keys.remove(NEW_LOG)


def seals_here() -> bool:
    """Say whether this is the host that seals; it is, too, where only the key has been lost."""
    keys = folder()
    return keys.holds(LOG) or keys.holds(signer_state.NAME)


def writer(keys: KeyFolder) -> Signer | None:
    """Return this host's writer key, or None when there is none."""
    return _signer(keys, WRITER)


def pinned(keys: KeyFolder) -> tuple[Key, ...]:
    """Return the log keys that this host has noted; none on a host that was told of none."""
    text = keys.read(PINNED)
    if text is None:
        return tuple(one.key for one in log_signers(keys)) if keys.holds(LOG) else ()
    try:
        return tuple(Key.parse(line) for line in text.split())
    except BadKey as error:
        raise KeyTrouble(f"{keys / PINNED} is not readable: {error}") from error


def endorsed_here(keys: KeyFolder, writer: Key) -> bool:
    """Say whether this host's own folder holds the endorsement of its writer key."""
    text = keys.read(ENDORSED)
    if text is None:
        return False
    try:
        said = statements.parse(notes.parse(text)[0])
    except BadNote as error:
        raise KeyTrouble(f"{keys / ENDORSED} is not readable: {error}") from error
    return isinstance(said, Endorsement) and said.writer == writer


def _signer(keys: KeyFolder, name: str) -> Signer | None:
    text = keys.read(name)
    if text is None:
        return None
    try:
        return Signer.parse(text.removesuffix("\n"))
    except BadKey as error:
        raise KeyTrouble(
            f"{keys / name} holds no key ({error}): put it back from a backup; it is never"
            " made anew"
        ) from error
