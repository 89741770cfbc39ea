"""Which files of a target does the evidence of a failure name?"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

LONGEST = 10_000
MOST_FILES = 10
INIT = "__init__.py"
ROOTS = ("", "src/")
_PLACE = re.compile(r"/?(?:[\w.+@-]+/)*[\w.+@-]+")
_MODULE = re.compile(
    r"No module named '?(?P<missing>[\w.]{1,300})'?"
    r"|cannot import name '[^']{1,300}' from '(?P<source>[\w.]{1,300})'"
)
_LIBRARY = frozenset({"site-packages", "dist-packages", "node_modules"})


@dataclass(frozen=True)
class Evidence:
    """Hold what failures said and where they were raised, beside the files of the commit."""

    texts: Sequence[str]
    frames: Sequence[str]  # module:function
    paths: Sequence[str]


def files(ways: Iterable[str], evidence: Evidence) -> tuple[str, ...]:
    """Return the files that are named in one of these ways; a name that fits two names none."""
    found = {path for way in ways for path in WAYS[way](evidence) if path}
    return tuple(sorted(found))


def packages(named: Iterable[str]) -> frozenset[str]:
    """Return what makes packages of the folders that files lie in, and of those around them."""
    folders = {
        folder for path in named for folder in PurePosixPath(path).parents if str(folder) != "."
    }
    return frozenset(f"{folder}/{INIT}" for folder in folders if str(folder) != "src")


def _by_path(evidence: Evidence) -> Iterator[str]:
    """Find paths in what was said; a message may name a file from any folder above it or in it."""
    known = _by_name(evidence.paths)
    for text in evidence.texts:
        for found in _PLACE.finditer(text[:LONGEST].replace("\\", "/")):
            place = found[0].rstrip(".").lstrip("/")
            # A word is no path, though some file may be called by it.
            if {"/", "."} & set(place) and not _LIBRARY & set(place.split("/")):
                yield _fitting(place, known.get(place.rpartition("/")[2], ()))


def _by_frame(evidence: Evidence) -> Iterator[str]:
    """Find the files that frames name by their last folder and their name."""
    sources = [path for path in evidence.paths if path.endswith(".py")]
    known = _by_name(sources)
    for frame in evidence.frames:
        module = frame.partition(":")[0]
        place = f"{module.replace('.', '/')}.py"
        yield _fitting(place, known.get(place.rpartition("/")[2], ()))


def _by_module(evidence: Evidence) -> Iterator[str]:
    """Find the file, or the package, of a module that could not be imported."""
    sources = {path for path in evidence.paths if path.endswith(".py")}
    folders = {str(folder) for path in sources for folder in PurePosixPath(path).parents}
    for text in evidence.texts:
        for found in _MODULE.finditer(text[:LONGEST]):
            name = (found["missing"] or found["source"]).replace(".", "/")
            fitting = [
                *(f"{root}{name}.py" for root in ROOTS if f"{root}{name}.py" in sources),
                *(f"{root}{name}/{INIT}" for root in ROOTS if f"{root}{name}" in folders),
            ]
            if len(fitting) == 1:
                yield fitting[0]


WAYS: Mapping[str, Callable[[Evidence], Iterator[str]]] = {
    "path": _by_path,
    "frame": _by_frame,
    "module": _by_module,
}


def _by_name(paths: Iterable[str]) -> Mapping[str, list[str]]:
    known: dict[str, list[str]] = {}
    for path in paths:
        known.setdefault(path.rpartition("/")[2], []).append(path)
    return known


def _fitting(place: str, paths: Sequence[str]) -> str:
    """Return the one file that a name stands for: itself, one within folders, or its end."""
    if place in paths:
        return place
    within = [path for path in paths if path.endswith(f"/{place}")]
    if within:
        return within[0] if len(within) == 1 else ""
    ends = [path for path in paths if place.endswith(f"/{path}")]
    return max(ends, key=len, default="")
