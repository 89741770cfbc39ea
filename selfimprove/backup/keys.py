"""Which secrets of this host go into a backup of keys, and how do they come back?"""

import shutil
from pathlib import Path

from django.conf import settings

from audit.keys import ring
from audit.keys.folder import NAME
from selfimprove.backup import CannotRestore
from selfimprove.folder import KEY

# Not what was signed last: beside an older database it would hide that something is missing.
COPIED = (ring.LOG, ring.OLD_LOG, ring.NEW_LOG, ring.WRITER, ring.ENDORSED, ring.PINNED)


def copy(folder: Path) -> None:
    """Put the keys of the log, and the key that signs sessions, into a folder."""
    held = ring.folder()
    for name in COPIED:
        if (text := held.read(name)) is not None:
            (folder / name).write_text(text)
    if (session := _session_key()).exists():
        shutil.copy2(session, folder / KEY)


def check_absent() -> None:
    """Raise CannotRestore where this host holds keys already: none is ever written over."""
    if ring.folder().holds(ring.LOG) or ring.folder().holds(ring.WRITER):
        raise CannotRestore(
            f"{ring.folder().path} holds keys already, and none is written over: restore into an"
            " empty data folder"
        )


def put_back(folder: Path) -> None:
    """Put them where this host looks for them, readable by their owner alone."""
    home = Path(settings.DATA_DIR) / NAME
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in sorted(folder.iterdir()):
        place = _session_key() if path.name == KEY else home / path.name
        place.touch(mode=0o600)
        place.write_bytes(path.read_bytes())
        place.chmod(0o600)


def take_away() -> None:
    """Remove what a restoring that failed has put there."""
    for name in COPIED:
        ring.folder().remove(name)


def _session_key() -> Path:
    return Path(settings.DATA_DIR) / KEY
