"""What did containers write, as the docker client tells it?"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from ports.telemetry_source import Batch, Cursor, PermanentError, Record, TemporaryError
from ports.telemetry_source.clients import Said, found, run
from ports.telemetry_source.places import shortened
from ports.telemetry_source.tail import MAX_LINE

ADVICE = "install the docker client, or read the files with the collector docker"
PIECE = 16_384  # docker cuts a long line into pieces and stamps each
COMPOSE = "compose:"
_NAME = re.compile(r"[A-Za-z0-9*?\[][\w.\-*?\[\]!]*")
_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?")
_HAS_TIME = re.compile(r"\s*(?:\{|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ])")


@dataclass(frozen=True, slots=True)
class _Container:
    """One container that fits, running or not."""

    id: str
    name: str


@dataclass(slots=True)
class _Stream:
    """How far one output of a container was read: the last time, and the lines at that time."""

    since: str = ""
    seen: int = 0


@dataclass(slots=True)
class _Read:
    """What one read has gathered so far, over all containers."""

    left: int
    records: list[Record] = field(default_factory=list)
    skipped: int = 0
    problems: list[str] = field(default_factory=list)
    more: bool = False


def check(location: str) -> str:
    """Return what is wrong with a location, or nothing."""
    names = location.removeprefix(COMPOSE).split("/")
    most = 2 if location.startswith(COMPOSE) else 1
    if len(names) > most or not all(_NAME.fullmatch(name) for name in names):
        return "write a container's name, as shop-api-1 or shop-*, or compose:PROJECT/SERVICE"
    return ""


@dataclass(frozen=True, slots=True)
class DockerClient:
    """Ask `docker logs` of each container whose name fits; the cursor is per container."""

    location: str
    max_line: int = MAX_LINE

    def read(self, cursor: Cursor, limit_bytes: int) -> Batch:
        """Return what the containers wrote since the cursor."""
        program = found("docker", ADVICE)
        containers = _containers(program, self.location)
        known: dict[str, Any] = cursor.get("containers", {})
        read = _Read(limit_bytes)
        kept: dict[str, Any] = {}
        for container in containers:
            streams = _loaded(known.get(container.id, {}))
            if read.left > 0:
                self._follow(program, container, streams, read)
            else:
                read.more = True
            kept[container.id] = _dumped(container, streams)
        return Batch(
            tuple(read.records),
            {"containers": kept},
            read.skipped,
            shortened(read.problems),
            read.more,
            places=len(containers),
        )

    def _follow(
        self, program: str, container: _Container, streams: dict[str, _Stream], read: _Read
    ) -> None:
        """Read on in one container; one that cannot be read does not hide the others."""
        since = min((s.since for s in streams.values()), key=_moment, default="")
        command = [program, "logs", "--timestamps"]
        if since:
            command += ["--since", since]
        said = run([*command, container.id], limit=read.left, both=True)
        before = len(read.records)
        for name, output in (("stdout", said.out), ("stderr", said.err)):
            lines = _whole_lines(output, said)
            self._take(container, name, lines, streams.setdefault(name, _Stream()), read)
        _keep_up(streams)
        read.left -= len(said.out) + len(said.err)
        read.more = read.more or said.stopped
        if said.code and not said.stopped:
            read.problems.append(f"{container.name}: docker says {_own_words(said)}")
        elif said.stopped and len(read.records) == before:
            read.problems.append(
                f"{container.name}: more lines of one moment than one read takes;"
                " read its file with the collector docker"
            )

    def _take(
        self, container: _Container, name: str, lines: list[bytes], stream: _Stream, read: _Read
    ) -> None:
        """Take the lines of one output that are new; equal times are told apart by their order."""
        last, seen = stream.since, stream.seen
        at, number = "", 0
        for line in lines:
            match = _STAMP.match(line)
            if match is None:
                continue  # the client's own words
            stamp = match.group(1).decode()
            number = number + 1 if stamp == at else 1
            at = stamp
            if last and (_moment(stamp) < _moment(last) or (stamp == last and number <= seen)):
                continue
            body = _joined(line[match.end() :])
            read.skipped += len(body) > self.max_line
            text = body[: self.max_line].decode("utf-8", "replace")
            stream.since, stream.seen = stamp, number
            if text.strip():
                origin = f"docker:{container.id}/{name}@{stamp}#"
                shown = text if _HAS_TIME.match(text) else f"{stamp} {text}"
                read.records.append(Record(shown, origin, number, time=stamp))


def _containers(program: str, location: str) -> list[_Container]:
    """Return the containers that fit, those that have ended too: their last words tell most."""
    command = [program, "ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}"]
    if location.startswith(COMPOSE):
        project, _, service = location.removeprefix(COMPOSE).partition("/")
        command += ["--filter", f"label=com.docker.compose.project={project}"]
        if service:
            command += ["--filter", f"label=com.docker.compose.service={service}"]
    said = run(command, limit=4_000_000)
    if said.code:
        raise _refusal(said)
    rows = [line.split(maxsplit=1) for line in said.out.decode("utf-8", "replace").splitlines()]
    found = [_Container(row[0], row[1].split(",")[0]) for row in rows if len(row) == 2]
    if location.startswith(COMPOSE):
        return found
    return [container for container in found if fnmatchcase(container.name, location)]


def _refusal(said: Said) -> PermanentError | TemporaryError:
    words = said.words
    if "permission denied" in words.lower():
        return PermanentError(
            f"docker lets our user not in: {words}; add it to the group docker,"
            " or read the files with the collector docker"
        )
    return TemporaryError(f"docker does not answer: {words}")


def _whole_lines(output: bytearray, said: Said) -> list[bytes]:
    """Cut an output into lines; what the limit cut off is read next time."""
    lines = bytes(output).split(b"\n")
    if said.stopped:
        return [line.rstrip(b"\r") for line in lines[:-1]]
    return [line.rstrip(b"\r") for line in lines if line]


def _keep_up(streams: dict[str, _Stream]) -> None:
    """Let a silent output not hold the other one back: what is older than a second has come."""
    newest = max((stream.since for stream in streams.values()), key=_moment)
    if not newest:
        return
    floor = datetime.fromisoformat(_moment(newest)[0]) - timedelta(seconds=1)
    written = f"{floor.isoformat()}Z"
    for stream in streams.values():
        if _moment(stream.since) < _moment(written):
            stream.since, stream.seen = written, 0


def _own_words(said: Said) -> str:
    lines = [line for line in said.err.splitlines() if line and not _STAMP.match(line)]
    return lines[-1].decode("utf-8", "replace")[:300] if lines else f"exit code {said.code}"


def _joined(body: bytes) -> bytes:
    """Take out the stamps that docker sets between the pieces of a long line."""
    joined = b""
    while len(body) > PIECE and (match := _STAMP.match(body, PIECE)):
        joined += body[:PIECE]
        body = body[match.end() :]
    return joined + body


def _moment(stamp: str) -> tuple[str, str]:
    """Order stamps: docker writes UTC, and leaves the zeros at a fraction's end away or not."""
    seconds, _, fraction = stamp.rstrip("Z").partition(".")
    return seconds, fraction.ljust(9, "0")


def _loaded(entry: dict[str, Any]) -> dict[str, _Stream]:
    return {name: _Stream(**stream) for name, stream in entry.get("streams", {}).items()}


def _dumped(container: _Container, streams: dict[str, _Stream]) -> dict[str, Any]:
    return {
        "name": container.name,
        "streams": {n: {"since": s.since, "seen": s.seen} for n, s in streams.items()},
    }
