"""How does a backup come into being, whole or not at all?"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from audit.events import Event
from audit.log import Actor, record
from audit.models import Checkpoint
from selfimprove.backup import CannotBackUp, archive, clones, database, keys
from selfimprove.backup.archive import Contents
from targets.models import Target

Told = Callable[[str], None]


def make(place: Path, *, actor: Actor, at: datetime, told: Told) -> Contents:
    """Write the database and every managed clone to a new file; raises CannotBackUp.

    The database comes first: a clone that is newer has refs that nobody knows yet, and every step
    looks before it acts; a database that is newer would know commits that are gone.
    """
    with _beside(place) as (folder, unfinished):
        told("database")
        database.dump(folder / "database")
        origins = {}
        for target in Target.objects.all():
            told(f"clone of {target.slug}")
            if clones.bundle(target, folder / f"{target.slug}.bundle"):
                origins[target.slug] = target.origin
        told("digests")
        made = archive.write(unfinished, _contents(at, origins), folder)
        _finish(unfinished, place)
    _tell(place, "installation", actor, at)
    return made


def make_keys(place: Path, *, actor: Actor, at: datetime) -> Contents:
    """Write this host's keys to a new file of their own; raises CannotBackUp."""
    with _beside(place) as (folder, unfinished):
        keys.copy(folder)
        made = archive.write(unfinished, Contents("keys", at.isoformat()), folder)
        _finish(unfinished, place)
    _tell(place, "keys", actor, at)
    return made


def newest_migrations() -> dict[str, str]:
    """Return the last migration of each room that the database has."""
    applied = MigrationRecorder(connection).applied_migrations()
    found: dict[str, str] = {}
    for room, name in sorted(applied):
        found[room] = name
    return found


@contextmanager
def _beside(place: Path) -> Iterator[tuple[Path, Path]]:
    """Give a folder to collect in, on the disk of the file: whatever happens it is gone again."""
    if place.exists():
        raise CannotBackUp(f"{place} is there already: name a new file")
    try:
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".selfimprove-") as top:
            folder = Path(top, "parts")
            folder.mkdir(mode=0o700)
            yield folder, Path(top, "whole")
    except OSError as error:
        raise CannotBackUp(f"{place} cannot be written: {error.strerror or error}") from error


def _finish(unfinished: Path, place: Path) -> None:
    """Let the file be seen once it is whole; raise where somebody else made it meanwhile."""
    try:
        place.hardlink_to(unfinished)
    except FileExistsError as error:
        raise CannotBackUp(f"{place} is there already: name a new file") from error


def _contents(at: datetime, origins: dict[str, str]) -> Contents:
    last = Checkpoint.objects.order_by("-size").first()
    return Contents(
        kind="installation",
        made_at=at.isoformat(),
        database=connection.vendor,
        migrations=newest_migrations(),
        origins=origins,
        log_size=last.size if last else 0,
        log_root=last.root if last else "",
    )


def _tell(place: Path, kind: str, actor: Actor, at: datetime) -> None:
    facts = {"kind": kind, "sha256": archive.digest(place), "bytes": place.stat().st_size}
    with transaction.atomic():
        record(Event.BACKUP_MADE, actor=actor, subject=f"backup:{kind}", at=at, facts=facts)
