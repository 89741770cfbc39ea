"""Which JSON object does a model's answer hold, however it is wrapped?"""

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from personas.replies import guessing
from personas.replies.strict import Json, Unfit, decode, decode_at
from personas.replies.units import Unit, ends_in_a_string, is_a_rest, units

LARGEST_ANSWER = 1_000_000
BLANK = " \t\r\n\ufeff"

_OPENING = re.compile(r"[{\[]")
# Braces that prose writes: `{placeholder}`, `{{ name }}`. They hold no quote, colon, comma or
# brace, so nothing in them could be mistaken for an answer, and they are no broken object.
_PLACEHOLDER = re.compile(r"\{\{?+[^{}\[\]\":,\n]{1,80}\}\}?")
_FLAT = re.compile(r"\[([^\[\]{}\"\n]*+)\]")
_SCALAR = re.compile(r"\s*+(?:-?\d[\d.eE+-]*+|true|false|null)?\s*+")

Accept = Callable[[Any], bool]


class NoAnswer(Exception):
    """Say why an answer holds no object that can be used; `text` is the answer as it came."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text


@dataclass(frozen=True)
class Extracted:
    """Hold the object of an answer; a repaired one is a guess, and fit for advice alone."""

    value: Json
    repaired: bool = False


def extract(text: str, *, accept: Accept | None = None) -> Json:
    """Return the first object or list of an answer; raise NoAnswer.

    `accept` decides between several only where it does not accept the first.
    """
    return extracted(text, accept=accept).value


def extracted(text: str, *, accept: Accept | None = None, repair: bool = False) -> Extracted:
    """Return the object of an answer; with `repair` a broken one is guessed at, and flagged."""
    if len(text) > LARGEST_ANSWER:
        raise NoAnswer(_too_long(len(text)), text)
    look = _Look(text.replace("\r\n", "\n").strip(BLANK))
    chosen = _choose(look, accept)
    if chosen is not None:
        return Extracted(chosen)
    if repair and look.broken:
        try:
            return Extracted(guessing.guess(look.broken), repaired=True)
        except guessing.NoGuess as refusal:
            raise NoAnswer(f"{look.reason}; {refusal}", text) from None
    raise NoAnswer(look.reason, text)


def _choose(look: "_Look", accept: Accept | None) -> Json | None:
    """Take the first that is accepted; without one the first, whose faults can then be told."""
    first: Json | None = None
    for value in look.values():
        if accept is None or accept(value):
            return value
        first = value if first is None else first
    return first


def _too_long(length: int) -> str:
    return f"the answer has {length} characters, at most {LARGEST_ANSWER} are read"


@dataclass
class _Look:
    """Read one answer from left to right, and keep why it holds nothing."""

    text: str
    reason: str = "the answer is empty"
    broken: str = ""
    _weak: list[Json] = field(default_factory=list)
    _last_rest: int | None = None

    def values(self) -> Iterator[Json]:
        """Give the whole text, else what its pieces hold; what prose only mentions comes last."""
        try:
            value = decode(self.text)
        except Unfit as refusal:
            if self.text:
                self.reason = f"the answer is no JSON: {refusal}"
        else:
            self.reason = "the answer is a single value, not an object or a list"
            if isinstance(value, dict | list):
                yield value
            return  # text inside a string that was decoded is no answer
        if self.text and not _OPENING.search(self.text):
            self.reason = "no JSON object in the answer"
        yield from self._in_pieces()
        yield from self._weak

    def _in_pieces(self) -> Iterator[Json]:
        pieces = list(units(self.text))
        for number, unit in enumerate(pieces):
            if unit.kind == "code":
                yield from _whole(unit.text)
                continue
            start = yield from self._in_piece(unit)
            if start is not None and self._stop(pieces, number, start):
                return

    def _in_piece(self, unit: Unit) -> Generator[Json, None, int | None]:
        """Give what a piece holds; return where an object begins that does not decode.

        There the piece ends: what stands inside a broken object is not the answer.
        """
        position = 0
        while opening := _OPENING.search(unit.text, position):
            position = opening.start()
            if aside := _aside(unit.text, position):
                position = aside
                continue
            try:
                value, end = decode_at(unit.text, position)
            except Unfit as refusal:
                if not self.broken:
                    self.reason = f"the object in the answer cannot be read: {refusal}"
                return position
            if unit.kind == "prose" and _is_mentioned(unit.text, position, end, value):
                self._weak.append(value)
            else:
                yield value
            position = end
        return None

    def _stop(self, pieces: list[Unit], number: int, start: int) -> bool:
        """Tell whether an object that breaks off in a piece goes on behind it.

        A fence inside an unescaped text of an object looks like the next block: an object in
        that would be one that the answer only quotes.
        """
        unit = pieces[number]
        inside = unit.text[start:]
        if self._last_rest is None:
            rests = (at for at in range(len(pieces) - 1, 0, -1) if is_a_rest(pieces[at]))
            self._last_rest = next(rests, 0)
        goes_on = ends_in_a_string(inside) or self._last_rest > number
        if not self.broken:
            self.broken = inside + (self.text[unit.end :] if goes_on else "")
        return goes_on


def _whole(text: str) -> Iterator[Json]:
    try:
        value = decode(text.strip(BLANK))
    except Unfit:
        return
    if isinstance(value, dict | list):
        yield value


def _aside(text: str, position: int) -> int:
    """Return the end of a pair of brackets that belongs to prose, or 0."""
    if found := _PLACEHOLDER.match(text, position):
        return found.end()
    flat = _FLAT.match(text, position)
    if flat and not all(_SCALAR.fullmatch(item) for item in flat[1].split(",")):
        return flat.end()
    return 0


def _is_mentioned(text: str, start: int, end: int, value: Json) -> bool:
    """Tell whether prose only speaks of it: an empty pair, a footnote, a quotation."""
    if text[start - 1 : start] == "`" and text[end : end + 1] == "`":
        return True
    return not value or (isinstance(value, list) and len(value) == 1 and isinstance(value[0], int))
