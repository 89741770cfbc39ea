"""What do files hold, before anything of them is stored?"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path

from telemetry.events.schemas import FUTURE, AnyEvent, BadLine, from_line
from telemetry.imports.reading import LONGEST, Opened, Unreadable, lines, opened, records
from telemetry.imports.sniffing import (
    AUTO,
    FORMATS,
    OURS,
    Sniffed,
    Whence,
    events_of,
    sniff,
    unwrapped,
)

MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Say what is wrong with which line of which file."""

    line: int
    reason: str
    file: str = ""


@dataclass(slots=True)
class Source:
    """One file: what it is, and how large."""

    path: Path
    sniffed: Sniffed
    size: int
    whence: Whence


@dataclass(slots=True)
class Survey:
    """What a look through files found."""

    files: list[Source] = field(default_factory=list)
    digest: str = ""
    lines: int = 0
    events: int = 0
    empty: int = 0  # records of no event: a model's answer, a chain that worked
    bad: int = 0
    problems: list[Problem] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    oldest: datetime | None = None
    newest: datetime | None = None

    @property
    def size(self) -> int:
        """Return how many bytes the files have."""
        return sum(file.size for file in self.files)

    @property
    def format(self) -> str:
        """Name the formats."""
        return ", ".join(sorted({file.sniffed.format for file in self.files}))

    def note(self, line: int, reason: str, file: str) -> None:
        """Keep one problem."""
        self.bad += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, reason, file))

    def take(self, event: AnyEvent) -> None:
        """Count one event."""
        self.events += 1
        self.kinds[event.event_type] += 1
        at = event.timestamp
        self.oldest = min(self.oldest or at, at)
        self.newest = max(self.newest or at, at)


@dataclass(frozen=True, slots=True)
class Read:
    """One record as it was read: its events, or what is wrong with it."""

    file: str
    line: int
    events: tuple[AnyEvent, ...] = ()
    fault: str = ""


Watch = Callable[[int, int], None]  # records read, bytes of all files taken


def known(paths: Sequence[Path], asked: str = AUTO) -> Survey:
    """Say of each file what it is; raise OSError or Unreadable for one that is nothing."""
    seen = Survey()
    digests: list[str] = []
    for path in paths:
        with path.open("rb") as file:
            digests.append(file_digest(file, "sha256").hexdigest())
        status = path.stat()
        whence = Whence(datetime.fromtimestamp(status.st_mtime, UTC), path.name.partition(".")[0])
        with _named(path, paths):
            seen.files.append(Source(path, sniff(path, asked), status.st_size, whence))
    seen.digest = sha256("".join(sorted(digests)).encode()).hexdigest()
    return seen


def look_through(seen: Survey, *, now: datetime, shifted: bool, watch: Watch | None) -> None:
    """Read every record, count what it holds and what is wrong; the future is wrong unshifted."""
    for read, taken in read_through(seen.files):
        seen.lines += 1
        if read.fault:
            seen.note(read.line, read.fault, read.file)
        elif not read.events:
            seen.empty += 1
        for event in read.events:
            if not shifted and event.timestamp > now + FUTURE:
                told = f"{event.timestamp.isoformat()} lies in the future"
                seen.note(read.line, told, read.file)
            else:
                seen.take(event)
        if watch:
            watch(seen.lines, taken)


def read_through(files: Sequence[Source]) -> Iterator[tuple[Read, int]]:
    """Yield each record of all files, with how many bytes have been taken until then."""
    before = 0
    for source in files:
        with _named(source.path, files), opened(source.path) as file:
            own = source.sniffed.format == OURS
            for read in _own(file, source.path.name) if own else _others(file, source):
                yield read, before + file.taken
        before += source.size


@contextmanager
def _named(path: Path, files: Sequence[object]) -> Iterator[None]:
    """Say of several files which of them cannot be read."""
    try:
        yield
    except Unreadable as error:
        if len(files) == 1:
            raise
        raise Unreadable(f"{path.name}: {error}") from error


def _own(file: Opened, name: str) -> Iterator[Read]:
    """Read our own lines, of which each byte counts."""
    for number, line in lines(file.plain, LONGEST):
        if len(line) > LONGEST:
            yield Read(name, number, fault=f"longer than {LONGEST} bytes")
            continue
        try:
            yield Read(name, number, (from_line(line, strict=True),))
        except BadLine as error:
            yield Read(name, number, fault=str(error))


def _others(file: Opened, source: Source) -> Iterator[Read]:
    kind, name = source.sniffed.kind, source.sniffed.format
    path = source.path.name
    for record in records(file.plain, kind):
        if record.fault:
            yield Read(path, record.number, fault=record.fault)
            continue
        for each in unwrapped(record.value, FORMATS[name]):
            try:
                yield Read(path, record.number, tuple(events_of(each, name, source.whence)))
            except BadLine as error:
                yield Read(path, record.number, fault=str(error))
            except (ValueError, TypeError, RecursionError, OverflowError):
                yield Read(path, record.number, fault="a field has a wrong value")
