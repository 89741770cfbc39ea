"""How does a test get a server of its own, on loopback, that really listens and really dies?"""

import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.selfimprove.running import NO_PROXY, House, run, started, wait_until

SETUP = """
from django.utils import timezone
from audit.log import Actor
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import OF_DOORS
now = timezone.now()
target = Target.objects.create(slug="gateway", name="Gateway", origin="/nowhere", created_at=now)
issued = tokens.issue(target, name="live", scopes=OF_DOORS, actor=Actor.system("test"), at=now)
print(issued.secret)
"""


@dataclass
class Live:
    """Hold a running server, its data folder and a token."""

    house: House
    data: Path
    secret: str

    @property
    def address(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.house.port}"

    def post(self, path: str, body: bytes, kind: str = "application/x-ndjson") -> int:
        """Send a body; 0 while nobody answers."""
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": kind}
        request = urllib.request.Request(self.address + path, body, headers)  # noqa: S310  # ours
        try:
            with NO_PROXY.open(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with closing(sqlite3.connect(self.data / "db.sqlite3", timeout=30)) as database:
            return database.execute(question).fetchall()

    def everything(self) -> bytes:
        """Return all bytes that were written: database, logs, files."""
        parts = [path.read_bytes() for path in self.data.rglob("*") if path.is_file()]
        return b"".join([*parts, self.house.said().encode()])


@contextmanager
def serving(data: Path, database: str = "") -> Iterator[Live]:
    """Serve the doors from a folder, with its own database or the one at an address.

    Whoever has migrated that database has left its keys in a folder: it is that one.
    """
    data.mkdir(exist_ok=True)
    address = database or f"sqlite:///{data}/db.sqlite3"
    with started(data, "up", "--only", "web", DATABASE_URL=address) as house:
        wait_until(lambda: house.status("/readyz") == 200, "a server that is ready", house, 240)
        made = run(data, "shell", "-v", "0", "-c", SETUP, DATABASE_URL=address)
        assert made.returncode == 0, made.stderr
        yield Live(house, data, made.stdout.strip().splitlines()[-1])
