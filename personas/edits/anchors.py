"""Where in a file does a hunk belong that says wrongly where it belongs?

A hunk is found by the lines that it says stand there. Whatever is let pass on the way (numbers,
blanks at the ends of lines, indentation, a missing line of context), its place must be the only
one: a hunk that fits twice is refused, and a line that it removes must be there as it says.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from personas.edits.lines import Edit, Line

EDGE = 2  # lines of context at either end that may be wrong
LONGEST = 400  # lines of a hunk in which one line of context may differ
_UNITS = tuple((a, b) for n in (4, 2, 8) for a, b in (("\t", " " * n), (" " * n, "\t")))
LEAST_AROUND = 3  # lines with words that must fit around a line that differs


class CannotPlace(Exception):
    """The hunk has no place in the file, or more than one; the words say which."""

    def __init__(self, words: str, *, unclear: bool = True) -> None:
        self.unclear = unclear  # to a reader who takes its numbers for what they say
        super().__init__(words)


@dataclass(frozen=True)
class Hunk:
    """Hold lines with their signs (" ", "-", "+"), and where they are said to be."""

    steps: tuple[tuple[str, str], ...]
    start: int | None = None  # counted from 1
    unended: frozenset[str] = frozenset()  # signs of lines that are said not to end

    @cached_property
    def before(self) -> tuple[str, ...]:
        """Return the lines that it expects."""
        return tuple(text for sign, text in self.steps if sign != "+")

    def without(self, above: int, below: int) -> "Hunk":
        """Return the hunk without some lines of context at either end."""
        return Hunk(self.steps[above : len(self.steps) - below], unended=self.unended)

    def context(self) -> tuple[int, int]:
        """Count the lines of context at its start and at its end."""
        changed = [number for number, (sign, _) in enumerate(self.steps) if sign != " "]
        if not changed:
            return len(self.steps), 0
        return changed[0], len(self.steps) - 1 - changed[-1]


@dataclass(frozen=True)
class Placed:
    """Hold the edits of one hunk, and what had to be overlooked to find their place."""

    edits: tuple[Edit, ...]
    overlooked: str = ""
    ended: bool | None = None  # whether the file's last line ends, where the hunk says it


Norm = Callable[[str], str]


class Page:
    """Find lines of one file quickly, however they are compared."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = [line.text for line in lines]
        self.ended = not lines or bool(lines[-1].end)
        self._known: dict[Norm, tuple[list[str], dict[str, list[int]]]] = {}

    def read(self, norm: Norm) -> tuple[list[str], Mapping[str, list[int]]]:
        """Return all lines as they are compared, and the places of each."""
        if norm not in self._known:
            read = [norm(line) for line in self.lines]
            places: dict[str, list[int]] = {}
            for number, line in enumerate(read):
                places.setdefault(line, []).append(number)
            self._known[norm] = read, places
        return self._known[norm]


def place(page: Page, hunk: Hunk) -> Placed:
    """Return the edits of a hunk at its only place; raises CannotPlace."""
    if not any(line.strip() for line in hunk.before):
        words = "a hunk names no line of the file, so its place cannot be told"
        raise CannotPlace(words, unclear=False)
    for overlooked, found in _rungs(page, hunk):
        if len(found) > 1:
            found = [place for place in found if place.start + 1 == hunk.start] or found
        if len(found) > 1:
            lines = ", ".join(str(place.start + 1) for place in found[:3])
            raise CannotPlace(f"a hunk fits in {len(found)} places (lines {lines}, …)")
        if found:
            return Placed(found[0].edits(), overlooked, _ended(page, found[0]))
    raise CannotPlace(f"no place of the file holds the lines of a hunk ({_quote(hunk)})")


@dataclass(frozen=True)
class _Found:
    start: int
    hunk: Hunk
    indents: Mapping[str, str] | None = None

    def edits(self) -> tuple[Edit, ...]:
        """Return each run of removed and added lines as an edit of the file."""
        made: list[Edit] = []
        at = self.start
        for sign, text in self.hunk.steps:
            added = (self._indented(text),) if sign == "+" else ()
            if sign != " ":
                stop = at + (sign == "-")
                if made and made[-1].stop == at:
                    made[-1] = Edit(made[-1].start, stop, (*made[-1].lines, *added))
                else:
                    made.append(Edit(at, stop, added))
            at += sign != "+"
        return tuple(made)

    def _indented(self, text: str) -> str:
        if self.indents is None or not text.strip():
            return text
        indent = _indent(text)
        if indent in self.indents:
            return self.indents[indent] + text.lstrip()
        move = _moving(self.indents)
        return (move(indent) if move else indent) + text.lstrip()


def _ended(page: Page, found: _Found) -> bool | None:
    """Believe what a hunk says of the file's end where it is true of the file as it was."""
    said = found.hunk.unended
    at_the_end = found.start + len(found.hunk.before) == len(page.lines)
    if not at_the_end or page.ended == bool(said & {" ", "-"}):
        return None
    return not said & {" ", "+"}


def _rungs(page: Page, hunk: Hunk) -> Iterator[tuple[str, list[_Found]]]:
    """Look again and again, each time overlooking a little more."""
    yield "", _matching(page, hunk, str)
    yield "blanks at the ends of lines", _matching(page, hunk, str.rstrip)
    yield "indentation", _indented(page, hunk)
    above, below = hunk.context()
    trims = [(a, b) for a in range(min(above, EDGE) + 1) for b in range(min(below, EDGE) + 1)]
    for a, b in sorted(trims[1:], key=lambda trim: (sum(trim), trim)):
        less = hunk.without(a, b)
        if sum(1 for line in less.before if line.strip()) > 1:
            yield "lines of context at its edge", _matching(page, less, str.rstrip)
            yield "indentation, and context at its edge", _indented(page, less)
    yield "a line of context that differs", _nearly(page, hunk)


def _matching(page: Page, hunk: Hunk, norm: Norm) -> list[_Found]:
    wanted = [norm(line) for line in hunk.before]
    return [_Found(start, hunk) for start in _starts(page, wanted, norm, -1)]


def _starts(page: Page, wanted: Sequence[str], norm: Norm, apart: int) -> list[int]:
    """Return where the lines stand; the one numbered `apart` may be anything."""
    lines, places = page.read(norm)
    compared = [number for number in range(len(wanted)) if number != apart]
    rarest = min(compared, key=lambda number: len(places.get(wanted[number], ())), default=0)
    return [
        start
        for start in (place - rarest for place in places.get(wanted[rarest], ()))
        if 0 <= start <= len(lines) - len(wanted)
        and all(lines[start + number] == wanted[number] for number in compared)
    ]


def _indented(page: Page, hunk: Hunk) -> list[_Found]:
    found = []
    for one in _matching(page, hunk, str.strip):
        there = page.lines[one.start : one.start + len(hunk.before)]
        indents = _indents(hunk.before, there)
        added = [text for sign, text in hunk.steps if sign == "+" and text.strip()]
        if indents and (_moving(indents) or all(_indent(text) in indents for text in added)):
            found.append(_Found(one.start, hunk, indents))
    return found


def _indent(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _indents(said: Sequence[str], there: Sequence[str]) -> dict[str, str]:
    """Return the file's indent for each of the hunk's, or nothing where they contradict."""
    indents: dict[str, str] = {}
    for ours, theirs in zip(said, there, strict=True):
        if ours.strip():
            mine, real = _indent(ours), _indent(theirs)
            if indents.setdefault(mine, real) != real:
                return {}
    return indents


def _moving(indents: Mapping[str, str]) -> Callable[[str], str] | None:
    """Return how an indent that the file does not show moves, where all others tell one way.

    They gain or lose the same at their front, or count the same in tabs and in blanks.
    """
    for more, less in {_front(mine, real) for mine, real in indents.items()}:
        if all(mine.startswith(less) for mine in indents) and all(
            more + mine.removeprefix(less) == real for mine, real in indents.items()
        ):
            return lambda indent: more + indent.removeprefix(less)
    for old, new in _UNITS:
        if all(mine.replace(old, new) == real for mine, real in indents.items()):
            return lambda indent: indent.replace(old, new)
    return None


def _front(mine: str, real: str) -> tuple[str, str]:
    return (real.removesuffix(mine), "") if real.endswith(mine) else ("", mine.removesuffix(real))


def _nearly(page: Page, hunk: Hunk) -> list[_Found]:
    """Find the hunk where one line of its context, and only one, stands otherwise."""
    before = [(sign, text.rstrip()) for sign, text in hunk.steps if sign != "+"]
    wanted = [text for _, text in before]
    worded = sum(1 for text in wanted if text)
    if len(wanted) > LONGEST or worded <= LEAST_AROUND:
        return []
    starts = {
        start
        for number, (sign, text) in enumerate(before)
        if sign == " " and text
        for start in _starts(page, wanted, str.rstrip, number)
    }
    return [_Found(start, hunk) for start in sorted(starts)]


def _quote(hunk: Hunk) -> str:
    words = next(line.strip() for line in hunk.before if line.strip())
    return f"“{words[:60]}{'…' if len(words) > 60 else ''}”"
