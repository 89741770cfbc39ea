"""How is a text of any length sanitised piece by piece, without cutting a secret in two?"""

import re
from collections.abc import Generator, Iterator
from typing import BinaryIO

from telemetry.sanitizer.redaction import Policy, sanitize
from telemetry.sanitizer.spans import CUT, Finding

BLOCK = 20_000  # bytes; what cannot be decoded grows threefold and must stay below the limit
_READ = 65_536
_LINES_BACK = 200
# A line whose end may go on in the next one: a token, a name before its value, a scheme.
_GOES_ON = re.compile(rb"(?:[\w+/.=\-]{12}\\?|[:=|>,(\[{]|bearer|basic)[ \t\r]*\Z", re.IGNORECASE)
_BEGIN, _END = b"-----BEGIN ", b"-----END "
_BLANKS = re.compile(rb"[ \t\n]")


def cleaned(stream: BinaryIO, policy: Policy) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """Yield the sanitised text block by block; the findings' lines count through all of it."""
    lines = 0
    for block in blocks(stream):
        text = block.decode("utf-8", "replace")
        said, found = sanitize(text, policy)
        yield said, tuple(finding._replace(line=finding.line + lines) for finding in found)
        lines += block.count(b"\n")


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield blocks that end where no secret goes on; a word longer than a block is cut."""
    waiting = b""
    while more := stream.read(_READ):
        waiting += more
        while len(waiting) > BLOCK:
            block, waiting = _next(waiting)
            if not block:
                waiting = yield from _long_word(stream, waiting)
                break
            yield block
    if waiting:
        yield waiting


def _next(waiting: bytes) -> tuple[bytes, bytes]:
    """Split off the next block; an empty one when it has neither line nor blank."""
    end = _line_end(waiting) or max(waiting.rfind(b, 0, BLOCK) for b in (b" ", b"\t", b"\n")) + 1
    return waiting[:end], waiting[end:]


def _line_end(waiting: bytes) -> int:
    """Return where the last line ends that nothing suggests to go on in the next."""
    end = limit = waiting.rfind(b"\n", 0, BLOCK) + 1
    begin = waiting.rfind(_BEGIN, 0, limit)
    if begin > waiting.rfind(_END, 0, limit):
        limit = end = waiting.rfind(b"\n", 0, begin) + 1 or limit  # a key in one piece
    for _ in range(_LINES_BACK):
        if end <= 0:
            break
        if not _GOES_ON.search(waiting, max(0, end - 32), end - 1):
            return end
        end = waiting.rfind(b"\n", 0, end - 1) + 1
    return limit


def _long_word(stream: BinaryIO, waiting: bytes) -> Generator[bytes, None, bytes]:
    """Say that a word too long to judge was left out, and return what follows it."""
    yield CUT.encode()
    while not (blank := _BLANKS.search(waiting)):
        waiting = stream.read(_READ)
        if not waiting:
            return b""
    return waiting[blank.start() :]
