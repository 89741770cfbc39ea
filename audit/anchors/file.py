"""How is the newest checkpoint kept in a file that backups and other machines can copy?"""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from audit.anchors import judging
from audit.anchors.places import Claim, Conflict, Held, NotReached, Published

LONGEST = 100_000  # bytes; a larger file is no checkpoint
TAIL = 65_536  # bytes of the history that are looked at for its last line
PUBLIC = 0o644  # a checkpoint is there to be read


class CheckpointFile:
    """Keep the newest checkpoint in one file, and each that was there in a history beside it."""

    kind = "file"

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """Return the path."""
        return str(self.path)

    @property
    def title(self) -> str:
        """Name it for a person."""
        return f"file {self.path}"

    @property
    def history(self) -> Path:
        """Return the file beside it with one JSON object per publication."""
        return self.path.with_name(f"{self.path.name}.history")

    def held(self) -> Held:
        """Read the file and its history."""
        claims: list[Claim] = []
        foreign: list[str] = []
        doubts: list[str] = []
        try:
            newest = self._newest()
            claims += [newest] if newest else []
        except Conflict as error:
            foreign.append(str(error))
        except NotReached as error:
            doubts.append(str(error))
        for number, line in enumerate(self._lines(doubts), start=1):
            try:
                claims.append(self._claim(line))
            except Conflict as error:
                foreign.append(f"{self.history.name}, line {number}: {error}")
        return Held(tuple(claims), tuple(foreign), tuple(doubts))

    def publish(self, newest: Claim, last: Claim | None, now: datetime) -> Published:
        """Write it whole, once what stands there fits; the history first."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                before = self._newest()
                if before:
                    judging.require_fit(before, newest)
                if before is None or before.note != newest.note:
                    self._append(newest.note, now)
                    self._replace(newest.note)
        except OSError as error:
            raise NotReached(_words(error)) from error
        return Published(self.name, newest.note, put_back=self._lost(before, last))

    def _lost(self, before: Claim | None, last: Claim | None) -> str:
        if last is None or (before and before.size >= last.size):
            return ""
        found = f"stated {before.size} leaves" if before else "was gone"
        return (
            f"the file {found}, although {last.size} had been written to it; it was written anew"
        )

    def _newest(self) -> Claim | None:
        try:
            with self.path.open("rb") as stream:
                content = stream.read(LONGEST + 1)
            at = datetime.fromtimestamp(self.path.stat().st_mtime).astimezone()
            return judging.readable(content.decode("utf-8"), reference=self.name, at=at)
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise Conflict("it holds something that is no checkpoint: no text") from error
        except OSError as error:
            raise NotReached(_words(error)) from error

    def _lines(self, doubts: list[str]) -> Iterator[bytes]:
        try:
            with self.history.open("rb") as stream:
                # What a crash left half written was never acknowledged: the next one removes it.
                yield from (line for line in stream if line.endswith(b"\n"))
        except FileNotFoundError:
            return
        except OSError as error:
            doubts.append(f"{self.history.name}: {_words(error)}")

    def _claim(self, line: bytes) -> Claim:
        try:
            members = json.loads(line)
            note, at = str(members["note"]), datetime.fromisoformat(members["at"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Conflict("it is not a line that was written here") from error
        return judging.readable(note, reference=str(self.history), at=at)

    def _append(self, note: str, now: datetime) -> None:
        line = json.dumps({"at": now.isoformat(), "note": note}, ensure_ascii=False)
        with self.history.open("a+b") as stream:
            os.fchmod(stream.fileno(), PUBLIC)
            end = stream.seek(0, os.SEEK_END)
            start = stream.seek(max(0, end - TAIL))
            whole, _, torn = stream.read().rpartition(b"\n")
            if torn:
                stream.truncate(start + len(whole) + 1 if whole else start)
            stream.seek(0, os.SEEK_END)
            stream.write(line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def _replace(self, note: str) -> None:
        """Move a whole file into its place, so that no reader ever sees half of one."""
        folder = self.path.parent
        with tempfile.NamedTemporaryFile(
            "wb", dir=folder, prefix=f".{self.path.name}-", delete=False
        ) as stream:
            try:
                stream.write(note.encode())
                stream.flush()
                os.fchmod(stream.fileno(), PUBLIC)
                os.fsync(stream.fileno())
                Path(stream.name).replace(self.path)
            except OSError:
                with contextlib.suppress(FileNotFoundError):
                    Path(stream.name).unlink()
                raise
        _sync_folder(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self.path.with_name(f".{self.path.name}.lock").open("a") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _words(error: OSError) -> str:
    return f"the file cannot be used: {error.strerror or error}"
