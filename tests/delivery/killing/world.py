"""How is a whole world put back to a moment, and a worker killed in it, within a second or two?"""

import copy
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from django.db import connection, connections

from ports.git import Git
from tests.delivery.elsewhere.stand import SECRET, VARIABLE, Stand, standing
from tests.delivery.killing.effects import Point
from tests.ports.github.hub import Hub
from tests.ports.github.server import TOKEN, GitHub

ROOT = Path(__file__).parents[3]
KEPT = ("pulls", "comments", "line_comments", "reviews", "statuses", "check_runs")


class Broke(Exception):
    """The worker failed where it was not killed; the words are its traceback."""


@dataclass
class World:
    """A folder with repositories, a database and a worker, and the moments it can go back to."""

    folder: Path
    moments: Path
    database: str
    server: GitHub
    process: "subprocess.Popen[str]"
    address: str = ""
    delivery: int = 0
    now: str = "2026-03-02T09:32:00+00:00"
    stand: Stand = field(default_factory=Stand)
    heard: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    hubs: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    def ask(self, do: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """Have a process do something; return its exit code and what it told."""
        wanted = {"do": do, "delivery": self.delivery, "now": self.now, **more}
        _put(self.process.stdin, wanted)
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise Broke("the worker's parent has ended")
        said = json.loads(line)
        told: dict[str, Any] = said["told"]
        if "broke" in told:
            raise Broke(told["broke"])
        return int(said["code"]), told

    def keep(self, moment: str) -> None:
        """Keep everything as it is now, under a name."""
        place = self.moments / moment
        shutil.copytree(self.folder, place, symlinks=True)
        _copy(self.database, _beside(self.database, moment, self.moments), self.address)
        self.heard[moment] = list(self.stand.messages)
        hub = self.server.hub
        self.hubs[moment] = self.now, {name: copy.deepcopy(getattr(hub, name)) for name in KEPT}

    def back_to(self, moment: str) -> None:
        """Put everything back as it was."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.moments / moment, self.folder, symlinks=True)
        _copy(_beside(self.database, moment, self.moments), self.database, self.address)
        self.now, kept = self.hubs[moment]
        for name, value in kept.items():
            setattr(self.server.hub, name, copy.deepcopy(value))
        self.server.troubles.clear()
        self.stand.messages[:] = self.heard[moment]

    def work(self, point: Point | None = None) -> int:
        """Work until it waits, or until the point is reached; return the exit code."""
        return self.ask("work", point=asdict(point) if point else None)[0]

    def end(self) -> dict[str, Any]:
        """Go on with new workers until everything is over; return what is to be seen."""
        _, told = self.ask("end")
        hub = self.server.hub
        told["github"] = {
            "pulls": [[pull.number, pull.is_closed, bool(pull.merge)] for pull in _looked(hub)],
            "said": {number: len(said) for number, said in hub.comments.items()},
            "statuses": [len(said) for said in hub.statuses.values()],
        }
        told["deployer"] = {
            "orders": [order["takes_back"] for order in self.stand.orders],
            "unsigned": self.stand.unsigned,
        }
        return told


def _looked(hub: Hub) -> list[Any]:
    return [hub.look(number) for number in sorted(hub.pulls)]


def _put(stream: IO[str] | None, wanted: dict[str, Any]) -> None:
    if stream is not None:
        stream.write(json.dumps(wanted) + "\n")
        stream.flush()


def _beside(database: str, moment: str, folder: Path) -> str:
    if connection.vendor == "sqlite":
        return str(folder / f"{moment}.sqlite3")
    return f"{database}_{moment.replace('-', '_')}"


def _copy(source: str, copied: str, address: str) -> None:
    if connection.vendor == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{copied}{ending}").unlink(missing_ok=True)
        with sqlite3.connect(source) as here, sqlite3.connect(copied) as there:
            here.backup(there)
        here.close()
        there.close()
        return
    maintain(f'DROP DATABASE IF EXISTS "{copied}" WITH (FORCE)', address)
    maintain(f'CREATE DATABASE "{copied}" TEMPLATE "{source}"', address)
    if address:  # it will crash: numbers that the original took in advance, the copy has not
        maintain("CHECKPOINT", address)


def maintain(statement: str, address: str) -> None:
    """Say something to the server at an address, or to that of the tests."""
    import psycopg

    given = connections.databases["default"]
    place = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"]}
    secret = {"password": given["PASSWORD"]} if given.get("PASSWORD") else {}
    where = {"conninfo": address} if address else {**place, **secret, "dbname": "postgres"}
    with psycopg.connect(**where, autocommit=True) as link:
        link.execute(statement)


@contextmanager
def opened(top: Path, keys: Path, *, address: str = "", **scene: Any) -> Iterator[World]:
    """Make a world in which a delivery has begun, in a copy of the empty test database.

    The worker reaches it by an address of its own where one is given.
    """
    folder, moments = top / "world", top / "moments"
    for place in (folder / "data", folder / "tmp", moments):
        place.mkdir(parents=True)
    shutil.copytree(keys, folder / "data" / keys.name)
    database = _empty_copy(folder, address)
    with GitHub(Hub(Git(folder))) as server, standing() as stand:
        world = World(
            folder,
            moments,
            database,
            server,
            _started(folder, database, server.address, address),
            address,
            stand=stand,
        )
        try:
            _, made = world.ask("build", deployer=stand.address, **scene)
            world.delivery, world.now = made["delivery"], made["now"]
            server.hub.git = Git(next(folder.glob("gateway-*/origin.git")))
            yield world
        finally:
            _leave(world)


def _empty_copy(folder: Path, address: str) -> str:
    """Copy the database of the tests, which nobody may be connected to meanwhile."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    database = str(folder / "db.sqlite3") if connection.vendor == "sqlite" else f"{name}_world"
    _copy(name, database, address)
    return database


def _leave(world: World) -> None:
    """End the worker, and remove the databases."""
    world.process.communicate(timeout=20)
    if connection.vendor == "sqlite":
        return
    moments = [_beside(world.database, moment, world.moments) for moment in world.hubs]
    for database in (world.database, *moments):
        maintain(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', world.address)


def _started(folder: Path, database: str, github: str, address: str) -> "subprocess.Popen[str]":
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")},
        "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
        "SELFIMPROVE_DATA_DIR": str(folder / "data"),
        "TMPDIR": str(folder / "tmp"),
        "GITHUB_TOKEN": TOKEN,
        VARIABLE: SECRET,
        **({"DATABASE_URL": address} if address else {}),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.delivery.killing.worker", str(folder)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    _put(process.stdin, {"database": database, "github": github})
    return process
