"""Two machines as processes: one that lives and is backed up, and one that is empty."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.factories import FILES, git, make_origin

SEAL = (
    "import django; django.setup(); from django.utils import timezone;"
    "from audit import sequencer; sequencer.seal(timezone.now())"
)

TABLES = (
    "import django; django.setup(); from django.db import connection;"
    "print(len(connection.introspection.table_names()))"
)


@dataclass
class Machine:
    """Hold a data folder and, on PostgreSQL, a database of its own."""

    folder: Path
    database: str = ""
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Set what its commands see."""
        dropped = ("DATABASE_URL", "SELFIMPROVE_SET")
        self.environment = {key: value for key, value in os.environ.items() if key not in dropped}
        self.environment |= {
            "SELFIMPROVE_DATA_DIR": str(self.folder),
            "SELFIMPROVE_NO_VENV": "1",
            "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
        }
        if self.database:
            self.environment["DATABASE_URL"] = self.database

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py."""
        return self._run(sys.executable, str(settings.BASE_DIR / "manage.py"), *words)

    def must(self, *words: str) -> str:
        """Run a command that has to end well; return what it said."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def seal(self) -> None:
        """Let the log seal what it has."""
        done = self._run(sys.executable, "-c", SEAL)
        assert done.returncode == 0, done.stderr

    def refs(self, slug: str) -> str:
        """Return every ref of a clone."""
        return git(self.folder / "clones" / f"{slug}.git", "for-each-ref")

    def tables(self) -> int:
        """Count the tables of its database."""
        done = self._run(sys.executable, "-c", TABLES)
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            env=self.environment,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )


@contextmanager
def machine(folder: Path, name: str) -> Iterator[Machine]:
    """Give an empty machine, on the kind of database that the tests run on."""
    if connection.vendor != "postgresql":
        yield Machine(folder / name)
        return
    known = connection.settings_dict
    database = f"{known['NAME']}_{name}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{database}"')
    password = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
    place = f"{known['HOST']}:{known['PORT'] or 5432}"
    try:
        yield Machine(folder / name, f"postgres://{known['USER']}{password}@{place}/{database}")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{database}" WITH (FORCE)')


def furnish(house: Machine, folder: Path) -> None:
    """Let it have one target, some branches of it, and a sealed log."""
    house.must("migrate", "--verbosity", "0")
    origin = make_origin(folder, FILES)
    house.must("target", "add", "--slug", "gateway", "--name", "Gateway", "--origin", str(origin))
    clone = house.folder / "clones" / "gateway.git"
    git(clone, "update-ref", "refs/selfimprove/replaced/1", "main")
    git(clone, "tag", "selfimprove/snapshot/1", "main")
    house.seal()
