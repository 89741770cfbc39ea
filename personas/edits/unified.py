"""What does a unified diff mean that was not written by a program?

Numbers, counts and headers may be wrong or missing; what counts are the signs of its lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from personas.edits.anchors import Hunk

MOST_HUNKS = 500
_AT = re.compile(r"@@(?:\s*-(?P<start>\d+)(?:,\d+)?\s+\+\d+(?:,\d+)?\s*@@)?")
_EXTENDED = re.compile(
    r"(?:rename|copy) (?:from|to) |GIT binary patch|Binary files |new mode |old mode "
    r"|new file mode (?!100644)"
)
_ESCAPE = re.compile(r'\\([0-7]{3}|[abtnvfr"\\])')
_LETTERS = dict(zip("abtnvfr", "\a\b\t\n\v\f\r", strict=True))
NOTHING = "/dev/null"
SIGNS = " +-\\"  # of a line that stays, comes, goes, or says that the one above does not end


class CannotRead(Exception):
    """The text is no diff, or says more than lines can; the words say what."""


@dataclass(frozen=True)
class Patch:
    """Hold what a diff says of one file; None stands for a file that is not there."""

    old: str | None
    new: str | None
    hunks: tuple[Hunk, ...]


def read(diff: str) -> list[Patch]:
    """Return the patches of a diff in order; raises CannotRead."""
    lines = _unfenced(diff.replace("\r\n", "\n").split("\n"))
    for number, line in enumerate(lines, 1):
        if _EXTENDED.match(line):
            raise CannotRead(f"line {number} says more than lines of text can: {line[:60]}")
    heads = [number for number in range(len(lines)) if _is_head(lines, number)]
    if not heads:
        raise CannotRead("there is no pair of lines with --- and +++ before a @@")
    if sum(line.startswith("diff --git ") for line in lines) > len(heads):
        raise CannotRead("it speaks of a file of which it shows no lines")
    ends = [*(_before_head(lines, head) for head in heads[1:]), len(lines)]
    patches = [
        _patch(lines[head:end], number=head + 1) for head, end in zip(heads, ends, strict=True)
    ]
    if sum(len(patch.hunks) for patch in patches) > MOST_HUNKS:
        raise CannotRead(f"more than {MOST_HUNKS} hunks")
    return patches


def _unfenced(lines: list[str]) -> list[str]:
    """Leave out a code fence that stands around everything."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    if len(filled) > 1 and all(lines[end].startswith("```") for end in (filled[0], filled[-1])):
        return lines[filled[0] + 1 : filled[-1]]
    return lines


def _is_head(lines: Sequence[str], number: int) -> bool:
    """Tell a header from a removed line that begins with dashes: a hunk follows it."""
    trio = lines[number : number + 3]
    return len(trio) == 3 and all(
        line.startswith(mark) for line, mark in zip(trio, ("--- ", "+++ ", "@@"), strict=True)
    )


def _before_head(lines: Sequence[str], head: int) -> int:
    """Return where the lines begin that belong to a header: diff, index and modes."""
    while re.match(r"diff |index |new file mode |deleted file mode |similarity ", lines[head - 1]):
        head -= 1
    return head


def _patch(lines: Sequence[str], *, number: int) -> Patch:
    old, new = (_path(line[4:]) for line in lines[:2])
    marks = [place for place, line in enumerate(lines) if _AT.match(line)]
    if old is None and new is None:
        raise CannotRead(f"line {number}: neither side names a file")
    ends = [*marks[1:], len(lines)]
    hunks = [_hunk(lines[mark:end]) for mark, end in zip(marks, ends, strict=True)]
    return Patch(old, new, tuple(hunk for hunk in hunks if hunk.steps))


def _path(text: str) -> str | None:
    """Read a name as git writes it, with or without quotes and a time behind a tab."""
    name = text.split("\t", 1)[0].rstrip()
    if len(name) > 1 and name.startswith('"') and name.endswith('"'):
        name = _unquoted(name[1:-1])
    return None if name == NOTHING else name


def _unquoted(name: str) -> str:
    def byte(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code, 8)) if code.isdigit() else _LETTERS.get(code, code)

    raw = _ESCAPE.sub(byte, name.encode().decode("latin-1"))
    try:
        return raw.encode("latin-1").decode()
    except UnicodeDecodeError as error:
        raise CannotRead(f"a name that is not UTF-8: {name[:60]}") from error


def _hunk(lines: Sequence[str]) -> Hunk:
    said = _AT.match(lines[0])
    start = int(said["start"]) if said and said["start"] else None
    body = _signed(lines[1:])
    unended = {sign for (sign, _), (after, _) in pairwise(body) if after == "\\"}
    steps = tuple(step for step in body if step[0] != "\\")
    return Hunk(steps, start, frozenset(unended))


def _signed(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Read signed lines; one without a sign between them is context that lost its blank."""
    signed = [number for number, line in enumerate(lines) if line[:1] in SIGNS and line]
    return [
        (line[0], line[1:]) if line[:1] in SIGNS and line else (" ", line)
        for line in lines[: signed[-1] + 1 if signed else 0]
    ]
