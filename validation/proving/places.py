"""Where do tests stand, and by which words could a program find them?"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_PATTERN = re.compile(r"(^|/)(tests?|test_\*?|conftest)(/|\*|\.py|$)")


def words_for(paths: Iterable[str]) -> frozenset[str]:
    """Return the names of test files as a program would write them."""
    found: set[str] = set()
    for path in paths:
        place = PurePosixPath(path)
        if place.name == "__init__.py":
            continue
        found |= {path, place.name}
        if place.suffix == ".py":
            found |= {place.stem, ".".join(place.with_suffix("").parts)}
    return frozenset(found)


def is_among(text: str, words: frozenset[str]) -> bool:
    """Tell whether a text names test files, or is a pattern of such names."""
    plain = text.removeprefix("./").removeprefix("../").removeprefix("/")
    return plain in words or (("/" in text or "*" in text) and bool(_PATTERN.search(text)))


class Places:
    """Find the files that tests stand in, among these paths."""

    def __init__(self, paths: Iterable[str]) -> None:
        """Note each file under every end of its path: a test's name may begin at any folder."""
        self.known = frozenset(paths)
        self.ends: dict[str, str] = {}
        for path in sorted(self.known, key=lambda one: (len(one), one)):
            parts = path.split("/")
            for first in range(len(parts)):
                self.ends.setdefault("/".join(parts[first:]), path)

    def of(self, name: str) -> str:
        """Return the file of a test, as far as its name tells; nothing where it does not."""
        first = name.partition("::")[0]
        if first in self.known:
            return first
        parts = name.split(".")
        lengths = range(len(parts), 0, -1)
        found = (self.ends.get(f"{'/'.join(parts[:length])}.py") for length in lengths)
        return next((path for path in found if path), "")
