"""Which databases does a measurement run on? Fresh ones of its own, gone afterwards.

With PERF_KEEP=FOLDER they lie in that folder and stay, so that a large one is filled once.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
Address = Callable[[Path], AbstractContextManager[str]]


def run_on_each(script: str, arguments: Sequence[str] = ()) -> int:
    """Run a script once per database, in a process of its own; return the worst exit code."""
    worst = 0
    for name, address in (("SQLite", sqlite_address), ("PostgreSQL", postgres_address)):
        try:
            worst = max(worst, _run(name, address, [script, *arguments]))
        except FileNotFoundError:
            sys.stdout.write(f"{name}: not installed here, not measured\n")
    return worst


def _run(name: str, address: Address, command: Sequence[str]) -> int:
    with _folder(name) as folder, address(Path(folder)) as url:
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "PERF_DATABASE": name,
            "SELFIMPROVE_DATA_DIR": f"{folder}/var",
            "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
            "PYTHONPATH": str(ROOT),
        }
        return abs(subprocess.run([sys.executable, *command], env=environment).returncode)


@contextmanager
def _folder(name: str) -> Iterator[str]:
    """Make a folder that is gone afterwards, or one that stays."""
    if kept := os.environ.get("PERF_KEEP"):
        folder = Path(kept) / name.lower()
        folder.mkdir(parents=True, exist_ok=True)
        yield str(folder)
        return
    with tempfile.TemporaryDirectory(prefix="perf-") as made:
        yield made


def database_name() -> str:
    """Return the database that this process measures; empty in the process that starts others."""
    return os.environ.get("PERF_DATABASE", "")


def prepare() -> None:
    """Set Django up and make the tables."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def sqlite_address(folder: Path) -> Iterator[str]:
    """Name a file in the folder."""
    yield f"sqlite:///{folder}/db.sqlite3"


@contextmanager
def postgres_address(folder: Path) -> Iterator[str]:
    """Start a server in the folder; raise FileNotFoundError where none is installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        raise FileNotFoundError("PostgreSQL")
    port = _free_port()
    place = folder / "pg"
    data = str(place / "data")
    if not place.exists():
        place.mkdir()
        folder.chmod(0o755)
        if os.getuid() == 0:
            shutil.chown(place, "postgres")
        _as_owner([f"{programs[-1]}/initdb", "-D", data, "-A", "trust", "-U", "postgres"], place)
    options = (
        f"-p {port} -k {place} -c listen_addresses=127.0.0.1 -c shared_buffers=512MB"
        " -c max_wal_size=4GB -c work_mem=32MB"
    )
    control = f"{programs[-1]}/pg_ctl"
    _as_owner([control, "-D", data, "-l", f"{place}/log", "-w", "-o", options, "start"], place)
    try:
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        _as_owner([control, "-D", data, "-m", "fast", "stop"], place)


def _as_owner(command: Sequence[str], place: Path) -> None:
    """Run a program of the server, which refuses to run as root."""
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        command = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}",
                   "--clear-groups", *command]  # fmt: skip
    subprocess.run(command, check=True, cwd=place, stdout=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
