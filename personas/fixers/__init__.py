"""What may be mended in a checked-out copy of a project, with no language model called?

A fixer reads a folder and returns the edits that it would make; it writes nothing. Whether what it
brings up may stay is for others to judge.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from personas.fixers.trying import Suite
from ports.sandbox import Stopped
from ports.stopping import CalledOff

LARGEST = 1_000_000


@dataclass(frozen=True)
class Edit:
    """Hold the whole new text of one file, and the rules that led there."""

    path: str
    before: str | None  # None where there was no such file
    after: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Fixed:
    """Hold what one fixer would change; or why it could not be asked."""

    edits: tuple[Edit, ...] = ()
    not_run: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Only:
    """Bound what fixers may change: these files, by these rules; by all where none is named."""

    paths: frozenset[str]
    rules: frozenset[str] = frozenset()
    tests: frozenset[str] = frozenset()  # failing ones, that alone are to be mended

    def refuses(self, edit: Edit) -> str:
        """Say why an edit lies outside; nothing where it lies within."""
        if edit.path not in self.paths:
            return "it is none of the files that were asked about"
        beyond = sorted(set(edit.rules) - self.rules) if self.rules else []
        return f"{beyond[0]} was not asked for" if beyond else ""


@dataclass(frozen=True)
class Copy:
    """Name a checked-out copy, its tracked files, what runs its tests, and what may change."""

    folder: Path
    paths: tuple[str, ...]
    tests: Suite | None = None
    only: Only | None = None
    stopped: Stopped = field(default=bool, compare=False)  # bool() is False: nobody stops it

    def text(self, path: str) -> str | None:
        """Return a file's text; None where it is none that we could write back byte for byte."""
        if self.stopped():  # fixers read thousands
            raise CalledOff
        place = self.folder / path
        if place.is_symlink() or not place.is_file() or place.stat().st_size > LARGEST:
            return None
        content = place.read_bytes()
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text

    def ending(self, *endings: str) -> tuple[str, ...]:
        """Return the tracked files that end so and may change."""
        return tuple(path for path in self.paths if path.endswith(endings) and self.may(path))

    def may(self, path: str) -> bool:
        """Tell whether a file may change."""
        return self.only is None or path in self.only.paths

    def wants(self, rule: str) -> bool:
        """Tell whether a rule may change anything."""
        return self.only is None or not self.only.rules or rule in self.only.rules


def judges(path: str) -> bool:
    """Tell whether a file is a test or its set-up, which says whether the rest is right."""
    *folders, name = path.split("/")
    named = name.startswith(("test_", "conftest")) or name.endswith("_test.py")
    return named or "tests" in folders


Fixer = Callable[[Copy], Fixed]
