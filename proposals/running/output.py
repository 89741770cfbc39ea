"""What of a running program's output may be shown, as it comes?

It comes in pieces of any size, from code that nobody trusts. Only whole lines are shown, since a
secret that is cut in two would not be known; they are sanitised, and what hides is written out.
"""

import codecs
import re
import threading
from collections import deque

from telemetry.sanitizer import sanitize
from validation.verdicts import visible

LINES, WIDTH = 12, 160
MOST_PENDING = 8192  # characters of a line that does not end
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Tail:
    """Keeps the last lines of what is heard; safe to feed from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self._cut = False  # the line is too long: what follows in it is passed over
        self._lines: deque[str] = deque(maxlen=LINES)

    def add(self, piece: bytes) -> None:
        """Take a piece."""
        with self._lock:
            *whole, rest = (self._pending + self._decoder.decode(piece)).split("\n")
            for number, line in enumerate(whole):
                if not (self._cut and number == 0):
                    self._lines.append(line[:MOST_PENDING])
            self._cut = self._cut and not whole
            if len(rest) > MOST_PENDING:
                if not self._cut:
                    self._lines.append(rest[:MOST_PENDING])
                rest, self._cut = "", True
            self._pending = "" if self._cut else rest

    def text(self) -> str:
        """Return the last lines, as they may be seen."""
        with self._lock:
            lines = list(self._lines)
        clean = sanitize("\n".join(_COLOURS.sub("", line.rstrip("\r")) for line in lines))[0]
        return "\n".join(_cut(visible(line)) for line in clean.split("\n")[-LINES:])

    def clear(self) -> None:
        """Forget what another gate said."""
        with self._lock:
            self._lines.clear()
            self._pending, self._cut = "", False


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
