"""By which words could a program find the files of its tests?"""

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
