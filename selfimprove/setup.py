"""What must stand before anything runs: the database, the first account, a free port."""

import contextlib
import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from audit import triggers
from audit.events import Event
from audit.keys import beginning
from audit.keys.folder import KeyTrouble
from audit.log import Actor, record, stated
from audit.ties import guards

FIRST_NAME = "admin"
PORTS_TRIED = 50


class CannotStart(RuntimeError):
    """Something is missing; the message says what to do."""


def check_port(host: str, port: int, setting: str = "web") -> None:
    """Raise CannotStart when somebody else listens there; name a port that is free."""
    try:
        _bind(host, port)
    except OSError as error:
        raise CannotStart(
            f"Port {port} on {host} cannot be used ({error.strerror}). If another selfimprove"
            f" runs there, stop it, or choose another {_way_out(host, port, setting)}"
        ) from error


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one process at a time prepare: two that migrate at once break each other's tables."""
    with (settings.DATA_DIR / "setup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def only_worker() -> Iterator[None]:
    """Let one worker at a time serve a data folder; raise CannotStart where another does.

    A worker that starts frees what the one before it held, which must be dead then.
    """
    path = settings.DATA_DIR / "worker.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise CannotStart(
                f"Process {file.read() or 'unknown'} runs the worker of {settings.DATA_DIR}"
                " already. Stop it first, or choose another data folder: --set paths.data=FOLDER"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def prepare_database() -> None:
    """Bring the tables up to date; raise CannotStart when they cannot be, or are ahead of us."""
    try:
        ahead = _unknown_migrations()
        if not ahead:
            lost = _lost_guards()
            call_command("migrate", verbosity=0, interactive=False)
            beginning.check()
            _tell_of(lost)
    except (CommandError, KeyTrouble) as error:
        raise CannotStart(str(error)) from error
    except (Error, OSError) as error:
        raise CannotStart(f"The database cannot be used: {error}".strip()) from error
    if ahead:
        raise CannotStart(
            f"The database was made by a newer selfimprove: it knows {', '.join(ahead)}, this one"
            " does not. Start the newer version, or choose another data folder:"
            " --set paths.data=FOLDER"
        )


def is_behind() -> bool:
    """Tell whether tables are missing; false where the database cannot even tell."""
    try:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except (Error, MigrationSchemaMissing):  # then its own error says more
        return False


def first_account() -> tuple[str, str]:
    """Return the first administrator's name and password, or an empty one once it was changed.

    The account is made once, while there is none at all: who takes it away later meant it.
    """
    people = get_user_model()
    path: Path = settings.DATA_DIR / "first-password"
    if not people.objects.exists():
        _make_first_account(path)
    person = people.objects.filter(username=FIRST_NAME).first()
    password = path.read_text() if path.exists() else ""
    if password and not (person and person.check_password(password)):
        path.unlink()
        password = ""
    return FIRST_NAME if person else "", password


def _make_first_account(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    password = secrets.token_urlsafe(9)
    path.write_text(password)
    with transaction.atomic():
        person = get_user_model().objects.create_superuser(FIRST_NAME, password=password)
        person.groups.add(Group.objects.get(name="admin"))
        now = timezone.now()
        record(
            Event.RECORD_ADDED,
            actor=Actor.system("selfimprove"),
            subject=f"user:{stated(Actor.person(person), at=now).pseudonym}",
            at=now,
            facts={"record": "auth.User", "roles": ["admin"], "superuser": True},
        )


def _lost_guards() -> tuple[str, ...]:
    """Name what should refuse changes of the log and is not there; nothing before it could be."""
    if is_behind():
        return ()
    return (*triggers.missing(connection), *guards.missing(connection))


def _tell_of(lost: tuple[str, ...]) -> None:
    """Put it on the log: migrating has put the guards back, and somebody had taken them away."""
    if lost:
        with transaction.atomic():
            record(
                Event.LOG_UNGUARDED,
                actor=Actor.system("selfimprove"),
                subject="log",
                at=timezone.now(),
                facts={"guards": list(lost)},
            )


def _unknown_migrations() -> list[str]:
    loader = MigrationLoader(connection)
    rooms = loader.migrated_apps
    ahead = set(loader.applied_migrations) - set(loader.disk_migrations)
    return sorted(f"{room}.{name}" for room, name in ahead if room in rooms)


def _bind(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def _way_out(host: str, port: int, setting: str) -> str:
    first = max(port + 1, 1024)  # the lower ones belong to the system
    for other in range(first, min(first + PORTS_TRIED, 65536)):
        with contextlib.suppress(OSError):
            _bind(host, other)
            return f"port: --set {setting}.port={other}"
    return f"address: --set {setting}.host=127.0.0.1 --set {setting}.port=NUMBER"
