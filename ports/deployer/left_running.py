"""Does a command still run whose worker was killed, and when may the next one begin?"""

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

PULSE = 0.05
STARTER = "selfimprove-start"
NOTE = "selfimprove-step"
# The command's own process writes who it is before it becomes the command: there is no moment at
# which it runs and nobody could know. `exec` keeps the number.
_SCRIPT = 'echo "$$ $1" >"$2.new" && mv "$2.new" "$2" && shift 2 && exec "$@"'
_NOT_STARTED = (126, 127)


@dataclass(frozen=True)
class Note:
    """A file that names the command which runs, from before it begins until after its end."""

    path: Path

    def started(self, command: tuple[str, ...], seconds: float) -> tuple[str, ...]:
        """Return the command with what writes the note in front of it."""
        return ("/bin/sh", "-c", _SCRIPT, STARTER, f"{seconds:g}", str(self.path), *command)

    def clear(self) -> bool:
        """Say that nothing runs any more; return whether something did."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        return True

    def settle(self) -> None:
        """Wait for the command of a killed worker; end it when its time is over."""
        if not self.path.exists():
            return
        while (process := self._running()) is not None:
            if time.time() > self._until():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            time.sleep(PULSE)
        self.clear()

    def _running(self) -> psutil.Process | None:
        try:
            number, _ = self.path.read_text().split()
            process = psutil.Process(int(number))
            # Another process may have got the number since: it began after the note was written.
            is_it = process.create_time() <= self.path.stat().st_mtime + 1
            return process if is_it and process.status() != psutil.STATUS_ZOMBIE else None
        except (OSError, ValueError, psutil.Error):
            return None

    def _until(self) -> float:
        _, seconds = self.path.read_text().split()
        return self.path.stat().st_mtime + float(seconds)


def unstarted(code: int | None, output: str) -> str:
    """Return the shell's words when it could not become the command, or nothing."""
    if code in _NOT_STARTED and output.startswith(f"{STARTER}: "):
        return output.partition("exec: ")[2].strip() or output
    return ""
