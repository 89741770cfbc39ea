"""What lies in a backup's file, and is it what was put there?"""

import hashlib
import json
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from selfimprove.backup import CannotRestore

CONTENTS = "contents.json"
FORM = 1
LARGEST_CONTENTS = 10 * 1024 * 1024
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Contents:
    """Say what a backup holds: who made it of what, and the digest of each part."""

    kind: str  # installation, keys
    made_at: str
    database: str = ""  # sqlite, postgresql
    migrations: Mapping[str, str] = field(default_factory=dict)  # the newest of each room
    origins: Mapping[str, str] = field(default_factory=dict)  # of clones, by the target's name
    log_size: int = 0  # entries in the newest checkpoint
    log_root: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)  # name to SHA-256
    form: int = FORM


def write(place: Path, contents: Contents, folder: Path) -> Contents:
    """Write the files of a folder and their digests to a new file, for its owner only."""
    names = sorted(path.name for path in folder.iterdir())
    parts = {name: digest(folder / name) for name in names}
    told = Contents(**{**asdict(contents), "parts": parts})
    listing = folder / CONTENTS
    listing.write_text(json.dumps(asdict(told), indent=1, sort_keys=True) + "\n")
    place.touch(mode=0o600, exist_ok=False)
    with tarfile.open(place, "w:gz", compresslevel=1) as tar:
        for name in (CONTENTS, *names):
            tar.add(folder / name, name, recursive=False)
    return told


def read(place: Path, folder: Path, kind: str) -> Contents:
    """Take every part out into a folder, each compared with its digest; raises CannotRestore."""
    try:
        with tarfile.open(place, "r:gz") as tar:
            contents = _contents(tar, kind)
            for name, wanted in contents.parts.items():
                _take(tar, name, wanted, folder)
    except (OSError, EOFError, tarfile.TarError) as error:
        raise CannotRestore(f"{place} is no whole backup: {error}") from error
    return contents


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _contents(tar: tarfile.TarFile, kind: str) -> Contents:
    first = tar.next()
    file = tar.extractfile(first) if first and first.isfile() else None
    if first is None or file is None or first.name != CONTENTS:
        raise CannotRestore("this file is no backup of ours: it does not begin with its contents")
    if first.size > LARGEST_CONTENTS:
        raise CannotRestore("this file is no backup of ours: its list of contents has no end")
    try:
        told: dict[str, Any] = json.loads(file.read())
        contents = Contents(**told)
    except (ValueError, TypeError) as error:
        raise CannotRestore(f"the contents of this backup cannot be read: {error}") from error
    if contents.form != FORM:
        raise CannotRestore(
            f"this backup has the form {contents.form}; this version reads {FORM}: use the"
            " version that made it"
        )
    if contents.kind != kind:
        raise CannotRestore(f"this is a backup of {contents.kind}, not of {kind}")
    return contents


def _take(tar: tarfile.TarFile, name: str, wanted: str, folder: Path) -> None:
    member = tar.next()
    file = tar.extractfile(member) if member and member.isfile() else None
    if member is None or file is None or member.name != name or Path(name).name != name:
        raise CannotRestore(f"{name} is missing in this backup, or something else is there")
    found = hashlib.sha256()
    with (folder / name).open("wb") as out:
        while piece := file.read(CHUNK):
            found.update(piece)
            out.write(piece)
    if found.hexdigest() != wanted:
        raise CannotRestore(f"{name} is not what was put into this backup")
