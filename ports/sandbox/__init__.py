"""How does code that nobody trusts run apart from us? The contract that every sandbox keeps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

MEGABYTE = 1024 * 1024
RESULTS = "SANDBOX_RESULTS"  # names the descriptor that results are written to
LOCAL = "local"  # this machine
UNCONFINED = "ran without a sandbox, as the operator's configuration allows"

Heard = Callable[[bytes], object]
Stopped = Callable[[], bool]


class TemporaryError(Exception):
    """The command could not be run now; the same call may succeed later."""


class PermanentError(Exception):
    """No command can be run as things stand; the words say what to do."""


class Level(StrEnum):
    """Say how much stands between a command and us; a later one holds all of the earlier."""

    L0 = "L0"  # nothing: a process of this user
    L2 = "L2"  # its own view of files, network, processes and users
    L3 = "L3"  # and no system call that it has no business with

    @property
    def words(self) -> str:
        """Say it to a person."""
        if self == Level.L0:
            return UNCONFINED
        less = " without a filter of system calls" if self == Level.L2 else ""
        return f"ran in a sandbox{less} ({self})"


class Ending(StrEnum):
    """Say how a command ended; only the first is its own doing and has an exit code."""

    DONE = "done"
    TIMED_OUT = "timed out"
    TOO_MANY_PROCESSES = "too many processes"
    TOO_MUCH_MEMORY = "too much memory"
    TOO_MANY_FILES = "too many files"
    STOPPED = "stopped"  # because the caller asked
    NOT_STARTED = "not started"
    LOST = "lost"  # what watched it was ended


@dataclass(frozen=True)
class Bounds:
    """Bound one run, all its processes together where nothing else is said."""

    seconds: float
    memory: int = 4096 * MEGABYTE
    disk: int = 1024 * MEGABYTE
    file: int = 256 * MEGABYTE  # each
    files: int = 200_000
    processes: int = 200
    output: int = 64 * 1024  # kept, half of it from the start and half from the end
    results: int = 4 * MEGABYTE  # kept, from the start


@dataclass(frozen=True)
class Given:
    """Stand in a command for the path of one given file."""

    name: str


@dataclass(frozen=True)
class Portable:
    """Say that a command may run on another machine, and what Python must have there."""

    python: bool = False  # the first word is a Python of ours: any in its place will do
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Job:
    """Say what to run on a copy of a folder, and what it may know beside that folder.

    Given files lie outside the copy and cannot be changed; a visible folder of ours can be read
    at its own path. `words` are the command's standard input and stand nowhere else: once read,
    they cannot be read again. With `results`, the descriptor that SANDBOX_RESULTS names is read
    apart from the output. Unless it is `portable`, the command needs this machine.
    """

    command: Sequence[str | Given]
    tree: Path
    bounds: Bounds
    environment: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, bytes] = field(default_factory=dict)
    words: bytes = b""
    visible: tuple[Path, ...] = ()
    results: bool = False
    portable: Portable | None = None

    def __post_init__(self) -> None:
        """Refuse a given file whose name would lead out of their folder."""
        for name in self.given:
            if "/" in name or name in ("", ".", ".."):
                raise ValueError(f"a given file has a plain name, not {name!r}")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """Say how a command ended, what it said, and what stood between it and us.

    A command that a signal ended has the code 128 + the signal's number, as in a shell. `tree`
    and `home` are where its copy and its home lay, as its output may name them. `where` names the
    machine; `instead_because` says why it was ours, where another one was meant.
    """

    ended: Ending
    level: Level
    code: int | None = None
    output: str = ""
    results: bytes = b""
    why: str = ""
    violations: tuple[str, ...] = ()
    seconds: float = 0.0
    tree: str = ""
    home: str = ""
    where: str = LOCAL
    instead_because: str = ""

    @property
    def sandboxed(self) -> bool:
        """Tell whether anything stood between the command and us."""
        return self.level > Level.L0


@dataclass(frozen=True)
class Standing:
    """Say which level holds on this machine, whether it is enough, and how to get more."""

    level: Level
    enough: bool
    missing: str = ""
    remedy: str = ""


class Sandbox(Protocol):
    """Runs one command at a time per call; nothing of it runs on afterwards."""

    def run(self, job: Job, *, heard: Heard | None = None, stopped: Stopped | None = None) -> Ran:
        """Run to the end; `heard` gets output as it comes, `stopped` is asked often."""

    def examine(self) -> Standing:
        """Try what holds here."""
