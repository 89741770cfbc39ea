"""What may be mended in a checked-out copy of a project, with no language model called?

A fixer reads a folder and returns the edits that it would make; it writes nothing. What it brings
up is kept only where the gate finds nothing new wrong with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from personas.fixers.trying import Suite

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
class Copy:
    """Name a checked-out copy, its tracked files, and what runs its tests."""

    folder: Path
    paths: tuple[str, ...]
    tests: Suite | None = None

    def text(self, path: str) -> str | None:
        """Return a file's text; None where it is none that we could write back byte for byte."""
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
        """Return the tracked files that end so."""
        return tuple(path for path in self.paths if path.endswith(endings))


Fixer = Callable[[Copy], Fixed]
