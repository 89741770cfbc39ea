"""What looks for keywords and patterns: the fast wheels, or the standard library without them?

Both give the same answers; a test compares them. The choice is made once, when this is imported.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

try:
    import re2
    from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation
except ImportError:
    FAST = False
else:
    FAST = True

MEMORY = 64 << 20  # for one pattern's states; with less, RE2 falls back to its slow way


class Found(Protocol):
    """One match of a pattern, as `re` and RE2 both give it."""

    def span(self, group: int = 0, /) -> tuple[int, int]:
        """Return where the group lies."""


class Pattern(Protocol):
    """A pattern over ASCII bytes."""

    def finditer(self, text: bytes, /) -> Iterator[Found]:
        """Yield the matches from left to right."""

    def search(self, text: bytes, /) -> Found | None:
        """Return the first match."""


class BadPattern(ValueError):
    """A pattern cannot be used."""


def compiled(pattern: str) -> Pattern:
    """Compile a pattern over ASCII bytes; the same dialect with and without the wheels."""
    raw = pattern.encode("ascii")
    return _fast(raw) if FAST else _plain(raw)


def _fast(raw: bytes) -> Pattern:
    options = re2.Options()
    options.max_mem = MEMORY
    options.log_errors = False
    try:
        return re2.compile(raw, options)  # type: ignore[no-any-return]
    except re2.error as error:
        reason = error.args[0]
        raise BadPattern(reason.decode() if isinstance(reason, bytes) else reason) from error


def _plain(raw: bytes) -> Pattern:
    try:
        return re.compile(raw)
    except re.error as error:
        raise BadPattern(str(error)) from error


class Keywords:
    """Find where any of many words stands in a lower-cased text, in one pass."""

    def __init__(self, words: Sequence[str]) -> None:
        """Build the automaton; without the wheel the words are looked for one by one."""
        self._words = tuple(words)
        if FAST:
            dfa = Implementation.DFA  # twice as fast as the others, for some megabytes
            self._text = AhoCorasick(self._words, implementation=dfa)
            ascii_only = [word.encode() for word in self._words]
            self._bytes = BytesAhoCorasick(ascii_only, implementation=dfa)

    def find(self, lowered: str | bytes) -> Iterable[tuple[int, int, int]]:
        """Return each word's number, start and end, overlapping ones too, by where they end."""
        if not FAST:
            return self._one_by_one(lowered if isinstance(lowered, str) else lowered.decode())
        if isinstance(lowered, bytes):
            found: list[tuple[int, int, int]] = self._bytes.find_matches_as_indexes(
                lowered, overlapping=True
            )
            return found
        return self._text.find_matches_as_indexes(lowered, overlapping=True)

    def _one_by_one(self, lowered: str) -> Iterator[tuple[int, int, int]]:
        for number, word in enumerate(self._words):
            at = lowered.find(word)
            while at >= 0:
                yield number, at, at + len(word)
                at = lowered.find(word, at + 1)
