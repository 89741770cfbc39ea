"""Which of the names that telemetry knows does a path, or a step on the way to a value, spell?

Pure. `fetch-page`, `fetch_page` and `FetchPage` spell the same name.
"""

import re
from collections import defaultdict
from collections.abc import Collection
from functools import cached_property
from pathlib import PurePosixPath

LEAST_LETTERS = 3
_WORDS = re.compile(r"[a-z]+|[0-9]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
Spelling = tuple[str, ...]


def words(text: str) -> Spelling:
    """Return the words that a name is put together of."""
    return tuple(_WORDS.findall(_HUMPS.sub(" ", text).lower()))


class Names:
    """Find the known names of tools and agents in text."""

    def __init__(self, known: Collection[str]) -> None:
        self.known = frozenset(filter(None, known))  # an agent without a name has none to spell

    def __bool__(self) -> bool:
        """Tell whether any is known."""
        return bool(self.known)

    def spelt(self, step: str) -> frozenset[str]:
        """Return the names that this whole text spells."""
        return frozenset(self._by_spelling.get(_spelling(step), ()))

    def in_path(self, path: str) -> frozenset[str]:
        """Return the names whose words stand side by side in a folder's or the file's name."""
        whole = PurePosixPath(path)
        places = [words(place) for place in (*whole.parts[:-1], whole.stem)]
        return frozenset(
            name
            for name in self.known
            if sum(map(len, words(name))) >= LEAST_LETTERS
            and any(_stand_in(words(name), place) for place in places)
        )

    @cached_property
    def _by_spelling(self) -> dict[Spelling, set[str]]:
        found: defaultdict[Spelling, set[str]] = defaultdict(set)
        for name in self.known:
            found[_spelling(name)].add(name)
        return dict(found)


def _spelling(text: str) -> Spelling:
    # Of a name in other letters the words tell too little.
    return (words(text) if text.isascii() else ()) or (text.casefold(),)


def _stand_in(name: Spelling, place: Spelling) -> bool:
    ends = range(len(name), len(place) + 1)
    return any(place[end - len(name) : end] == name for end in ends)
