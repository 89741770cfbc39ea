"""How is a backup put back, on a machine that holds nothing yet?"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from audit.keys import ring, signer_state
from audit.keys.folder import KeyTrouble
from audit.verify import Verdict, verify
from selfimprove.backup import CannotRestore, archive, clones, database, keys
from selfimprove.backup.archive import Contents
from selfimprove.backup.making import Told


@dataclass(frozen=True)
class Restored:
    """Hold what was put back, and whether its log is whole, or why nobody can tell yet."""

    contents: Contents
    verdict: Verdict | None
    unverified: str = ""


def restore(place: Path, key_file: Path | None, told: Told) -> Restored:
    """Put a backup back; raise CannotRestore and leave the machine as empty as it was."""
    _refuse_what_is_there()
    keys.check_absent()
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix=".restoring-") as top:
        parts, secret = Path(top, "parts"), Path(top, "keys")
        parts.mkdir()
        secret.mkdir()
        told("digests")
        contents = archive.read(place, parts, "installation")
        if key_file:
            archive.read(key_file, secret, "keys")
        _refuse_foreign(contents)
        try:
            _put_back(contents, parts, secret, told)
        except BaseException:
            _leave_empty()
            raise
    told("tables")
    call_command("migrate", verbosity=0, interactive=False)
    told("log")
    try:
        return Restored(contents, verify())
    except KeyTrouble as error:
        return Restored(contents, None, str(error))


def next_steps() -> list[str]:
    """Say what a person has to do before the restored log goes on."""
    held = ring.folder()
    if not held.holds(ring.LOG):
        return [
            "This host has no log key: put keys/ back from where it is kept (--keys), or nothing"
            " is recorded here."
        ]
    if held.holds(signer_state.NAME):
        return ["If sealing is refused, this backup is older than what was signed: see doctor."]
    return [
        "If the old machine sealed something after this backup, or you do not know:"
        " manage.py log-keys succeed --reason WHY",
        "If it surely sealed nothing more: manage.py log-keys adopt",
        "Until one of the two is done, nothing is sealed and nothing is delivered.",
    ]


def _refuse_what_is_there() -> None:
    if not database.is_empty():
        raise CannotRestore(
            "the database is not empty, and nothing is written over: name an empty one by"
            " DATABASE_URL, or an empty data folder by SELFIMPROVE_DATA_DIR"
        )
    if clones.folder().exists() and any(clones.folder().iterdir()):
        raise CannotRestore(
            f"{clones.folder()} is not empty, and nothing is written over: move it away, or name"
            " an empty data folder by SELFIMPROVE_DATA_DIR"
        )


def _refuse_foreign(contents: Contents) -> None:
    if contents.database != connection.vendor:
        raise CannotRestore(
            f"this backup is one of {contents.database}, and this installation runs on"
            f" {connection.vendor}: set DATABASE_URL accordingly"
        )
    known = MigrationLoader(None).disk_migrations
    ahead = [f"{room}.{name}" for room, name in contents.migrations.items()
             if (room, name) not in known]  # fmt: skip
    if ahead:
        raise CannotRestore(
            f"this backup was made by a newer selfimprove: it knows {', '.join(ahead)}, this one"
            " does not; use that version"
        )


def _put_back(contents: Contents, parts: Path, secret: Path, told: Told) -> None:
    """Put the database back last: whole or not at all, it alone could not be taken away again."""
    for slug, origin in contents.origins.items():
        told(f"clone of {slug}")
        clones.unbundle(slug, origin, parts / f"{slug}.bundle")
    keys.put_back(secret)
    told("database")
    database.load(parts / "database")


def _leave_empty() -> None:
    shutil.rmtree(clones.folder(), ignore_errors=True)
    keys.take_away()
