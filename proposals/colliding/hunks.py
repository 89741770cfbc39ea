"""Which places of which files does a diff touch, and do two diffs touch the same ones? Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_HEAD = "diff --git "
_WHOLE = ("new file mode", "deleted file mode", "old mode", "Binary files", "GIT binary patch")
_WORD = re.compile(r"\w")
_OLD, _NEW = ("-", " ", ""), ("+", " ", "")  # of which text a line is, by its sign


@dataclass
class Touched:
    """Hold what a diff does to one file, in places of the text that it starts from.

    The line n is the place 2 n, and the gap below it 2 n + 1: what is put in between two lines
    touches neither of them. `around` holds what has to be there for the diff to be placed.
    """

    blob: str = ""
    changed: set[int] = field(default_factory=set)
    around: set[int] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    whole: bool = False  # it comes, goes, or changes in another way than by its lines

    @property
    def lines(self) -> str:
        """Name the lines that change, as people count them."""
        if self.whole or not self.changed:
            return ""
        first, last = max(1, min(self.changed) // 2), max(1, max(self.changed) // 2)
        return f"line {first}" if first == last else f"lines {first}–{last}"


def touched(diff: str) -> Mapping[str, Touched]:
    """Read a diff as git writes it; what is none touches nothing."""
    found: dict[str, Touched] = {}
    lines = iter(diff.split("\n"))
    file = Touched()
    for line in lines:
        if line.startswith(_HEAD):
            file = found.setdefault(_path(line), Touched())
        elif line.startswith("index "):
            file.blob = line[len("index ") :].partition("..")[0]
        elif line.startswith(_WHOLE):
            file.whole = True
        elif hunk := _HUNK.match(line):
            _read(hunk, lines, file)
    return found


def edits(diff: str) -> list[tuple[str, str]]:
    """List the lines that a diff takes away and puts in, by file and in order."""
    found: list[tuple[str, str]] = []
    lines, path = iter(diff.split("\n")), ""
    for line in lines:
        if line.startswith(_HEAD):
            path = _path(line)
        elif hunk := _HUNK.match(line):
            body = _body(hunk, lines)
            found += [(path, text) for text in body if text[:1] in ("+", "-")]
    return found


def same_place(one: Touched, other: Touched) -> bool:
    """Tell whether either diff could no longer be placed, or would be undone, by the other."""
    if one.whole or other.whole:
        return True
    if one.blob == other.blob:
        return bool(one.changed & other.around or other.changed & one.around)
    return bool(one.removed & other.removed)


def collide(one: Mapping[str, Touched], other: Mapping[str, Touched]) -> tuple[str, ...]:
    """Name the files in which two diffs touch the same place."""
    both = sorted(one.keys() & other.keys())
    return tuple(path for path in both if same_place(one[path], other[path]))


def _path(line: str) -> str:
    """Return the path of a header whose two sides are the same, as nothing is renamed."""
    both = line[len(_HEAD) :]
    return both[: (len(both) - 1) // 2].removeprefix("a/")


def _read(hunk: re.Match[str], lines: Iterator[str], file: Touched) -> None:
    start, old = int(hunk[1]), int(hunk[2] or 1)
    at = start if old else start + 1  # git names the line above where nothing is taken away
    file.around |= set(range(2 * at, 2 * (at + old) - 1))
    before = ""
    for line in _body(hunk, lines):
        sign = line[:1]
        if sign == "-":
            file.changed.add(2 * at)
            if _WORD.search(line[1:]):
                file.removed.add(line[1:].strip())
        elif sign == "+" and before in ("", " "):  # else it stands for what goes
            file.changed.add(2 * at - 1)
        at += sign in _OLD
        before = sign or " "
    file.around |= file.changed


def _body(hunk: re.Match[str], lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines of a hunk, as many as its head says; a line may look like another head."""
    left, right = int(hunk[2] or 1), int(hunk[4] or 1)
    while left > 0 or right > 0:
        line = next(lines, None)
        if line is None:
            return
        yield line
        left -= line[:1] in _OLD
        right -= line[:1] in _NEW
