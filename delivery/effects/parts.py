"""Which tools and agents does a change touch, and by what can that be told?

Pure. The manifest has the first word: whoever owns the target knows what reads a file. Else each
value that a settings file has anew is told by the names on the way to it, folders and keys
alike, and any other file by its path. All that are named count as touched: to take one for
touched that is not costs some power, to take one for left alone that is not would blame or
excuse the wrong one. So one file, or one value, that names none may be read by everything, and
nothing was surely left alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from delivery.effects import leaves
from delivery.effects.naming import Names
from validation import scalars
from validation.paths import matches, shown
from validation.scalars import ChangedLeaf
from validation.told import is_told

MOST_SHOWN = 3  # values of one file that are named, and files; the rest is counted
LONGEST = 320  # signs of one line
NOTHING = "nothing of it runs: documents, tests, comments, or what the manifest gives to nobody"


@dataclass(frozen=True)
class File:
    """One changed file; its contents are needed where its name promises settings."""

    path: str
    before: bytes | None = None
    after: bytes | None = None


@dataclass(frozen=True)
class Parted:
    """The names that are touched, and by what that was told; no names, and why it was not."""

    names: frozenset[str] = frozenset()
    told: tuple[str, ...] = field(default_factory=tuple)


class Untold(Exception):
    """A file may be read by everything; the words say which, and what in it."""


def touched(
    files: Iterable[File],
    known: Iterable[str],
    owned: Mapping[str, Sequence[str]] | None = None,
) -> Parted:
    """Return which names the files touch; `owned` has the manifest's words, names by globs."""
    names = Names(frozenset(known))
    found: set[str] = set()
    lines: list[str] = []
    try:
        for file in files:
            part = _of_file(file, names, owned or {})
            found |= part.names
            lines += part.told
    except Untold as error:
        return Parted(told=(str(error),))
    if not found:
        return Parted(told=(NOTHING,))
    return Parted(frozenset(found), tuple(_few(lines, "files")))


def _of_file(file: File, names: Names, owned: Mapping[str, Sequence[str]]) -> Parted:
    path = file.path
    claims = [given for glob, given in owned.items() if matches(glob, path)]
    if claims:
        return _owned(path, set().union(*claims), names)
    if _runs_nowhere(path):
        return Parted()
    if scalars.kind_of(path) and (file.before, file.after) != (None, None):
        return _of_settings(file, names)
    return _of_path(path, names, "its path names no tool or agent that telemetry knows")


def _owned(path: str, claimed: set[str], names: Names) -> Parted:
    """Take the manifest's word; a name that telemetry does not know yet may be called later."""
    if not claimed:
        return Parted()
    said = ", ".join(sorted(claimed))
    if not claimed & names.known:
        what = f"the manifest gives it to {said}, and telemetry knows nothing of that name"
        raise Untold(_line(path, what))
    return Parted(frozenset(claimed), (_line(path, f"{said}, by the manifest"),))


def _of_path(path: str, names: Names, otherwise: str) -> Parted:
    found = names.in_path(path)
    if not found:
        raise Untold(_line(path, otherwise))
    return Parted(found, (_line(path, f"{', '.join(sorted(found))}, by its path"),))


def _of_settings(file: File, names: Names) -> Parted:
    """Tell the changed values apart; a file that says the same as before touches nothing."""
    try:
        compared = leaves.compare(file.path, file.before, file.after)
    except scalars.Unreadable as error:
        line = f" (line {error.line})" if error.line else ""
        return _of_path(file.path, names, f"its values cannot be compared: {error.what}{line}")
    if not compared.changed:
        return Parted()
    above = PurePosixPath(file.path).stem
    found = set(names.in_path(file.path))
    by_path = bool(found)
    for leaf in compared.changed:
        named = compared.named(leaf, names, above)
        if not named and not by_path:
            what = f"{leaves.shown(leaf)} names no tool or agent that telemetry knows"
            raise Untold(_line(file.path, what))
        found |= named | leaves.others(leaf, names)
    return Parted(frozenset(found), (_line(file.path, _values(compared.changed)),))


def _values(changed: Sequence[ChangedLeaf]) -> str:
    return ", ".join(_few([leaves.shown(leaf) for leaf in changed], "values"))


def _few(told: Sequence[str], of: str) -> list[str]:
    more = len(told) - MOST_SHOWN
    return [*told[:MOST_SHOWN], *([f"{more} more {of}"] if more > 0 else [])]


def _line(path: str, what: str) -> str:
    whole = f"{shown(path)}: {shown(what)}"
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]}…"


def _runs_nowhere(path: str) -> bool:
    """Tell whether a file is read by people or by tests alone."""
    parts = PurePosixPath(path).parts
    name = parts[-1] if parts else ""
    if "tests" in parts[:-1] or name.startswith("test_"):
        return True
    return name.endswith((".md", ".rst")) and not is_told(path)
