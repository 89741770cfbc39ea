"""What does another program say on its two outputs, within a limit of bytes and seconds?"""

import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from ports.telemetry_source import PermanentError, TemporaryError

PATIENCE = 20.0  # seconds without a word after which a program is ended
CHUNK = 65_536
MOST_WORDS = 65_536  # bytes kept of what a program says of itself


@dataclass(slots=True)
class Said:
    """What a program wrote; stopped says that the limit ended it, not its own end."""

    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    code: int = 0
    stopped: bool = False

    @property
    def words(self) -> str:
        """Return the last line that the program said on its error output."""
        lines = self.err.decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip()[:500] if lines else f"exit code {self.code}"


def found(program: str, advice: str) -> str:
    """Return where a program is; raise PermanentError with advice when there is none."""
    path = shutil.which(program)
    if path is None:
        raise PermanentError(f"{program} not found on this host: {advice}")
    return path


def run(
    command: Sequence[str], *, limit: int, both: bool = False, patience: float = PATIENCE
) -> Said:
    """Run a program until it ends or has said enough; both outputs may be what is wanted."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise TemporaryError(f"{command[0]} could not be started: {error.strerror}") from error
    said = Said()
    try:
        with process:
            try:
                _listen(process, said, limit, name=command[0], both=both, patience=patience)
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
    finally:
        said.code = process.returncode or 0
    return said


def _listen(
    process: "subprocess.Popen[bytes]",
    said: Said,
    limit: int,
    *,
    name: str,
    both: bool,
    patience: float,
) -> None:
    with selectors.DefaultSelector() as selector:
        for pipe, kept in ((process.stdout, said.out), (process.stderr, said.err)):
            selector.register(pipe, selectors.EVENT_READ, kept)  # type: ignore[arg-type]
        until = time.monotonic() + patience
        while selector.get_map():
            ready = selector.select(max(0.0, until - time.monotonic()))
            if not ready:
                raise TemporaryError(f"{name} was silent for {patience:.0f} seconds")
            for key, _ in ready:
                if not _take(key.fileobj, key.data):  # type: ignore[arg-type]
                    selector.unregister(key.fileobj)
            until = time.monotonic() + patience
            if not both:
                del said.err[:-MOST_WORDS]
            if len(said.out) + (len(said.err) if both else 0) >= limit and not said.stopped:
                said.stopped = True
                process.kill()  # what it had written until now is still read
    process.wait(patience)


def _take(pipe: IO[bytes], kept: bytearray) -> bool:
    piece = os.read(pipe.fileno(), CHUNK)
    kept += piece
    return bool(piece)
