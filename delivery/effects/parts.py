"""Which tools and agents does a change touch, by its paths and the names that telemetry knows?

Pure. A path names a tool where the tool's words stand in it side by side. One path that names
none may be read by everything: then nothing was surely left alone.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

LEAST_LETTERS = 3
_WORDS = re.compile(r"[a-z]+|[0-9]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def touched(paths: Iterable[str], names: Collection[str]) -> frozenset[str]:
    """Return the names that the paths touch; nothing where one of them may touch everything."""
    found: set[str] = set()
    for path in paths:
        if _runs_nowhere(path):
            continue
        named = {name for name in names if _names(path, name)}
        if not named:
            return frozenset()
        found |= named
    return frozenset(found)


def _runs_nowhere(path: str) -> bool:
    """Tell whether a file is read by people or by tests alone."""
    parts = PurePosixPath(path).parts
    name = parts[-1] if parts else ""
    return name.endswith((".md", ".rst")) or name.startswith("test_") or "tests" in parts[:-1]


def _names(path: str, name: str) -> bool:
    words = _words(name)
    if sum(map(len, words)) < LEAST_LETTERS:
        return False
    whole = PurePosixPath(path)
    return any(_stand_in(words, _words(place)) for place in (*whole.parts[:-1], whole.stem))


def _words(text: str) -> list[str]:
    return _WORDS.findall(_HUMPS.sub(" ", text).lower())


def _stand_in(words: list[str], place: list[str]) -> bool:
    ends = range(len(words), len(place) + 1)
    return any(place[end - len(words) : end] == words for end in ends)
