"""Which Python files are there, and which function or class does a line belong to?"""

import ast
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

LARGEST = 2_000_000  # bytes of one file
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass
class Source:
    """Hold one file as far as it can be read as Python."""

    path: str
    tree: ast.Module | None = None
    trouble: str = ""
    line: int = 0
    lines: int = 0

    @cached_property
    def definitions(self) -> list[tuple[str, Definition]]:
        """Return every class and function with its whole name, the outer before the inner."""
        return list(_named(self.tree, "")) if self.tree else []

    def at(self, line: int) -> str:
        """Return the whole name of what a line stands in; nothing at the top of a module."""
        found = ""
        for name, node in self.definitions:
            if _first(node) <= line <= (node.end_lineno or node.lineno):
                found = name
        return found


def files() -> list[str]:
    """Return the paths of all plain files, links left out."""
    found = []
    for folder, folders, names in os.walk("."):
        folders[:] = sorted(one for one in folders if not Path(folder, one).is_symlink())
        found += [
            str(place)
            for place in (Path(folder, name) for name in sorted(names))
            if not place.is_symlink()
        ]
    return found


def pythons() -> list[str]:
    """Return the paths of all files of Python."""
    return [path for path in files() if path.endswith(".py")]


def sources() -> Iterator[Source]:
    """Read every file of Python; one that cannot be read says why."""
    for path in pythons():
        yield read(path)


def read(path: str) -> Source:
    """Read one file of Python."""
    place = Path(path)
    if not place.is_file() or place.stat().st_size > LARGEST:
        return Source(path, trouble=f"it has more than {LARGEST} bytes, or is none any more")
    content = place.read_bytes()
    lines = content.count(b"\n") + 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Source(path, ast.parse(content, path), lines=lines)
    except SyntaxError as error:
        return Source(path, trouble=error.msg or "bad syntax", line=error.lineno or 0, lines=lines)
    except (ValueError, RecursionError, MemoryError) as error:
        return Source(path, trouble=type(error).__name__, lines=lines)


def is_test(path: str) -> bool:
    """Tell whether a file holds tests or what only they need."""
    parts = path.split("/")
    name = parts[-1]
    return (
        bool({"test", "tests", "testing"} & set(parts[:-1]))
        or name.startswith("test_")
        or name in ("conftest.py", "tests.py")
        or name.endswith("_test.py")
    )


def found(rule: str, source: Source, line: int, message: str, symbol: str = "") -> dict[str, Any]:
    """Return one finding as the host reads it."""
    return {
        "rule": rule,
        "path": source.path,
        "symbol": symbol or source.at(line),
        "line": line,
        "message": message,
    }


def _named(node: ast.AST, within: str) -> Iterator[tuple[str, Definition]]:
    waiting = [(child, within) for child in reversed(list(ast.iter_child_nodes(node)))]
    while waiting:
        child, name = waiting.pop()
        if isinstance(child, DEFINITIONS):
            name = f"{name}.{child.name}" if name else child.name
            yield name, child
        waiting += [(one, name) for one in reversed(list(ast.iter_child_nodes(child)))]


def _first(node: Definition) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])
