"""How is a database taken away from a worker for a while, and given back?"""

import os
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.db import connections

from tests.delivery.killing.world import maintain

BUSY_SECONDS = 0.5  # that a worker waits for the lock of SQLite; twenty outside these tests


class Outage(Protocol):
    """A database that can be away."""

    @property
    def address(self) -> str:
        """Return where a worker finds it."""

    def begin(self, database: str) -> None:
        """Take it away."""

    def end(self) -> None:
        """Give it back."""


@dataclass
class Locked:
    """SQLite, whose one lock for writers somebody holds."""

    address: str
    link: sqlite3.Connection | None = None

    def begin(self, database: str) -> None:
        """Take the lock."""
        self.link = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        self.link.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        """Let it go."""
        if self.link:
            self.link.execute("ROLLBACK")
            self.link.close()
            self.link = None


@dataclass
class Stopped:
    """A server of PostgreSQL of our own, that is stopped as a crash would."""

    folder: Path
    programs: Path
    port: int

    @property
    def root(self) -> str:
        """Return where it is."""
        return f"postgres://postgres@127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """Return where its own database is."""
        return f"{self.root}/postgres"

    def run(self, *command: str) -> None:
        """Run one of its programs as the user that it runs as."""
        first, *rest = command
        owner = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        subprocess.run(
            [*(owner if os.getuid() == 0 else []), str(self.programs / first), *rest],
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def begin(self, database: str) -> None:
        """Stop it at once, whatever it was doing."""
        self.run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")

    def end(self) -> None:
        """Start it."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.run("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", options, "start")


def programs() -> list[Path]:
    """Return where the programs of PostgreSQL lie, the newest last."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@contextmanager
def server(folder: Path) -> Iterator[Stopped]:
    """Start a server with a copy of the empty test database."""
    folder.mkdir()
    for place in (folder, *folder.parents[:4]):  # its user has to come here
        if place.stat().st_uid == os.getuid():
            place.chmod(place.stat().st_mode | 0o011)
    if os.getuid() == 0:
        subprocess.run(["chown", "postgres", str(folder)], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = Stopped(folder, programs()[-1], port)
    ours.run("initdb", "-D", "data", "-A", "trust", "-U", "postgres")
    ours.end()
    try:
        yield ours
    finally:
        ours.begin("")


def copied(to: Stopped, name: str) -> None:
    """Copy the empty test database there."""
    maintain(f'CREATE DATABASE "{name}"', to.address)
    given = connections.databases["default"]
    place = f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}"
    with subprocess.Popen(
        ["pg_dump", "--no-owner", f"{place}/{name}"], stdout=subprocess.PIPE
    ) as dump:
        subprocess.run(
            ["psql", "--quiet", "--set", "ON_ERROR_STOP=1", f"{to.root}/{name}"],
            stdin=dump.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
