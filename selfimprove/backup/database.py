"""How is the database written to a file while others use it, and read from one?"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo

from selfimprove.backup import CannotBackUp, CannotRestore

HOURS = 6  # the most that a database may take
LIBPQ = (  # of what Django was told, what the programs of PostgreSQL understand
    *("host", "port", "user", "dbname", "service", "passfile", "options"),
    *("sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout"),
)


def dump(place: Path) -> None:
    """Write the database to a file as it is at one moment; raises CannotBackUp."""
    if connection.vendor == "sqlite":
        _dump_sqlite(place)
        return
    words = ["--format=custom", "--no-owner", "--no-privileges", f"--file={place}"]
    code, said = _program("pg_dump", words)
    if code:
        raise CannotBackUp(f"pg_dump failed: {said}")


def load(place: Path) -> None:
    """Read the database from a file into one that is empty; raises CannotRestore."""
    if connection.vendor == "sqlite":
        _load_sqlite(place)
        return
    words = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    code, said = _program("pg_restore", [*words, str(place)])
    if code:
        raise CannotRestore(f"pg_restore failed, and the database is as it was: {said}")


def is_empty() -> bool:
    """Tell whether there is nothing in it that a restored one could take the place of."""
    return not connection.introspection.table_names()


def _dump_sqlite(place: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{_file().as_uri()}?mode=ro", uri=True, timeout=60)) as old,
            closing(sqlite3.connect(place)) as new,
        ):
            old.backup(new)
            [said] = new.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise CannotBackUp(f"{_file()} cannot be read: {error}") from error
    if said != "ok":
        raise CannotBackUp(f"{_file()} is damaged: {said}")


def _load_sqlite(place: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True)) as old:
            [said] = old.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise CannotRestore(f"the database of this backup is damaged: {error}") from error
    if said != "ok":
        raise CannotRestore(f"the database of this backup is damaged: {said}")
    connection.close()
    for ending in ("-wal", "-shm"):  # of the empty one, which was only asked for its tables
        Path(f"{_file()}{ending}").unlink(missing_ok=True)
    place.chmod(0o600)
    shutil.move(place, _file())


def _file() -> Path:
    return Path(str(connection.settings_dict["NAME"])).absolute()


def _program(name: str, words: Sequence[str]) -> tuple[int, str]:
    """Run a program of PostgreSQL on our database; its password stands in no list of processes."""
    if shutil.which(name) is None:
        raise CannotBackUp(
            f"{name} is not there: install PostgreSQL's client programs (postgresql-client)"
        )
    told = connection.get_connection_params()
    known = {key: value for key, value in told.items() if key in LIBPQ and value}
    environment = {**os.environ, "PGPASSWORD": str(told.get("password") or "")}
    command = [name, "--no-password", f"--dbname={make_conninfo(**known)}", *words]
    done = subprocess.run(
        command, env=environment, capture_output=True, timeout=HOURS * 3600, check=False
    )
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return done.returncode, " ".join(lines[-3:])
