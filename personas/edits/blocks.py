"""Which edits does an answer hold that writes them as blocks?

    <edit path="a.py">            <file path="new.py">
    <<<<<<< SEARCH                the whole text
    lines as they are             </file>
    =======
    lines as they shall be        <done/>
    >>>>>>> REPLACE
    </edit>

An answer without `<done/>` at its end may have been cut, and is refused as a whole.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from personas.edits.anchors import Hunk

LARGEST = 1_000_000
MOST = 200
_OPEN = re.compile(r'<(?P<kind>edit|file) path="(?P<path>[^"\n]{1,500})">[ \t]*')
_CLOSE = re.compile(r"</(?:edit|file)>[ \t]*")
_DONE = re.compile(r"<done[ \t]*/>[ \t]*")
SEARCH, MIDDLE, REPLACE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"


class CannotRead(Exception):
    """The answer cannot be understood to its end; the words say where it fails."""


class Empty(CannotRead):
    """The answer is whole, and holds no edit."""


@dataclass(frozen=True)
class Block:
    """Hold one block: hunks to be placed in a file, or the whole text of it."""

    path: str
    hunks: tuple[Hunk, ...] = ()
    whole: str | None = None


def read(answer: str) -> list[Block]:
    """Return the blocks of an answer in order; raises CannotRead."""
    if len(answer) > LARGEST:
        raise CannotRead(f"the answer has {len(answer)} characters; {LARGEST} are read")
    lines = answer.replace("\r\n", "\n").split("\n")
    blocks: list[Block] = []
    number = 0
    done = False
    while number < len(lines):
        if opened := _OPEN.fullmatch(lines[number]):
            end = _end(lines, number, opened["kind"])
            blocks.append(_block(opened, lines[number + 1 : end], number + 2))
            number = end
            done = False
        elif _CLOSE.fullmatch(lines[number]):
            # A text that holds such a line was cut there: what stood above it is half a text.
            raise CannotRead(f"line {number + 1}: {lines[number].rstrip()} closes no block")
        elif lines[number].strip():
            done = bool(_DONE.fullmatch(lines[number]))
        number += 1
    return _whole(blocks, done=done)


def _whole(blocks: list[Block], *, done: bool) -> list[Block]:
    if not done:
        raise CannotRead("the answer does not end with <done/>: it may be cut")
    if not blocks:
        raise Empty("the answer holds no <edit> and no <file>")
    if len(blocks) > MOST:
        raise CannotRead(f"the answer holds {len(blocks)} blocks; {MOST} are read")
    return blocks


def _end(lines: Sequence[str], start: int, kind: str) -> int:
    for number in range(start + 1, len(lines)):
        if lines[number].rstrip() == f"</{kind}>":
            return number
        if _OPEN.fullmatch(lines[number]):
            break
    raise CannotRead(f"line {start + 1}: the block is never closed with </{kind}>")


def _block(opened: re.Match[str], inside: Sequence[str], first: int) -> Block:
    if opened["kind"] == "file":
        return Block(opened["path"], whole="".join(f"{line}\n" for line in _unfenced(inside)))
    hunks = tuple(_hunks(inside, first))
    if not hunks:
        raise CannotRead(f"line {first}: the edit holds no {SEARCH}")
    return Block(opened["path"], hunks)


def _unfenced(lines: Sequence[str]) -> Sequence[str]:
    fenced = len(lines) > 1 and lines[0].startswith("```") and lines[-1].rstrip() == "```"
    return lines[1:-1] if fenced else lines


def _hunks(lines: Sequence[str], first: int) -> Iterator[Hunk]:
    """Read the pairs of an edit; whatever could be read in two ways is refused."""
    number = 0
    while number < len(lines):
        if lines[number].rstrip() != SEARCH:
            if lines[number].strip():
                raise CannotRead(f"line {first + number}: only {SEARCH} may stand here")
            number += 1
            continue
        end = next(
            (n for n in range(number, len(lines)) if lines[n].rstrip() == REPLACE), len(lines)
        )
        marks = [n for n in range(number, end) if lines[n].rstrip() == MIDDLE]
        if end == len(lines) or len(marks) != 1:
            what = f"exactly one {MIDDLE} and then {REPLACE}"
            raise CannotRead(f"line {first + number}: {what} must follow; or write the whole file")
        yield hunk(lines[number + 1 : marks[0]], lines[marks[0] + 1 : end])
        number = end + 1


def hunk(old: Sequence[str], new: Sequence[str]) -> Hunk:
    """Return what turns old lines into new ones.

    Equal lines at both ends are context, so that little is touched.
    """
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Hunk(
        (
            *((" ", line) for line in old[:head]),
            *(("-", line) for line in old[head : len(old) - tail]),
            *(("+", line) for line in new[head : len(new) - tail]),
            *((" ", line) for line in old[len(old) - tail :]),
        )
    )
