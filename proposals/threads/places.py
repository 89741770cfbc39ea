"""Which lines of a diff can something be said about, and where are they drawn?"""

from collections.abc import Iterator
from dataclasses import dataclass

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

from proposals.pages.diffs import name_of

OLD, NEW = "L", "R"
MOST_NAMED = 5  # files, or spans of lines, in one refusal


@dataclass(frozen=True)
class Place:
    """Name a line of a diff: its file, its side and its number, and where it is drawn."""

    path: str
    side: str
    line: int
    anchor: str
    text: str


class Lines:
    """Every line of a diff, found by its place or by where it is drawn."""

    def __init__(self, diff: str) -> None:
        self._at: dict[tuple[str, str, int], Place] = {}
        self._drawn: dict[str, Place] = {}
        for place, also_old in _places(diff):
            self._at[place.path, place.side, place.line] = place
            self._drawn[place.anchor] = place
            if also_old:  # a line that stays has a number on either side, and is drawn once
                self._at[place.path, OLD, also_old] = place

    def at(self, path: str, side: str, line: int) -> Place | None:
        """Return a line by file, side and number."""
        return self._at.get((path, side, line))

    def of(self, path: str, side: str) -> list[Place]:
        """Return the lines of one side of a file."""
        return [at for (name, where, _), at in self._at.items() if (name, where) == (path, side)]

    def missing(self, path: str, side: str, line: int) -> str:
        """Say why there is no such line, and which there are."""
        numbers = sorted(at for name, where, at in self._at if (name, where) == (path, side))
        when = "before" if side == OLD else "after"
        if numbers:
            return (
                f"The change does not show line {line} of {path} as it is {when} it, but"
                f" {_spans(numbers)}."
            )
        files = sorted({name for name, _, _ in self._at})
        if path in files:
            return f"The change shows no line of {path} as it is {when} it."
        return f"The change does not touch {path}; it touches {_named(files)}."

    def drawn(self, anchor: str) -> Place | None:
        """Return the line that is drawn there."""
        return self._drawn.get(anchor)


def _spans(numbers: list[int]) -> str:
    """Write numbers as spans: 1–3, 7."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and spans[-1][1] + 1 == number:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    told = [str(first) if first == last else f"{first}–{last}" for first, last in spans]
    return _named(told)


def _named(found: list[str]) -> str:
    more = len(found) - MOST_NAMED
    return (", ".join(found[:MOST_NAMED]) or "no line") + (f" and {more} more" if more > 0 else "")


def across(path: str, side: str, line: int, text: str, to: Lines) -> Place | None:
    """Return the line that says the same at the same place, or the only one that says it.

    What is approved keeps its words when the branch moves, and its numbers only by chance.
    """
    here = to.at(path, side, line)
    if here is not None and (not text or here.text == text):
        return here
    same = [one for one in to.of(path, side) if text and one.text == text]
    return same[0] if len(same) == 1 else None


def _places(diff: str) -> Iterator[tuple[Place, int]]:
    try:
        patch = PatchSet(diff)
    except UnidiffParseError:
        return
    for number, file in enumerate(patch):
        yield from _of_file(file, f"f{number}")


def _of_file(file: PatchedFile, drawn: str) -> Iterator[tuple[Place, int]]:
    path = name_of(file.path)
    for hunk in file:
        for row in hunk:
            old, new = row.source_line_no, row.target_line_no
            side, line = (NEW, new) if new else (OLD, old)
            if line and row.line_type in " +-":
                text = row.value.rstrip("\n")
                place = Place(path, side, line, f"{drawn}{side}{line}", text)
                yield place, old if new and old else 0
