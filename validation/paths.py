"""When do two paths, or a path and a pattern, mean the same file to somebody?"""

import re
import unicodedata
from functools import lru_cache


def matches(pattern: str, path: str) -> bool:
    """Say whether a path fits a glob in which * stays inside one folder and ** does not."""
    return bool(_regex(pattern).fullmatch(path))


def skeleton(path: str) -> str:
    """Return the path as a careless reader or a folding file system would take it."""
    parts = unicodedata.normalize("NFKC", path).replace("\\", "/").split("/")
    return "/".join(_folded(part) for part in parts)


def stem(name: str) -> str:
    """Return a file name up to its first dot that is not the first character."""
    cut = name.find(".", 1)
    return name if cut < 0 else name[:cut]


def shown(path: str) -> str:
    """Write a path so that nothing in it can hide or move what stands around it."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in path
    )


def _folded(part: str) -> str:
    visible = (sign for sign in part if unicodedata.category(sign) not in ("Cf", "Cc"))
    return "".join(visible).casefold().rstrip(". ")


@lru_cache(maxsize=512)
def _regex(pattern: str) -> re.Pattern[str]:
    written = []
    for piece in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern):
        written.append(_PIECES.get(piece) or re.escape(piece))
    return re.compile("".join(written))


_PIECES = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
