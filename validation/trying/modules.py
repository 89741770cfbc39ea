"""Which Python modules does a tree have, and which of them can a change reach?"""

import ast
import keyword
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from validation.judges import is_test
from validation.parsing import understood

_SOURCE_FOLDERS = ("src", "lib", "python")
_NO_MODULES = frozenset({"setup.py", "conftest.py"})


@dataclass(frozen=True, order=True)
class Module:
    """Name a module, the folder that it is imported from, and the folder that it stands in."""

    name: str
    path: str
    root: str = ""
    beside: str = ""  # a script finds its neighbours there; empty within a package

    @property
    def parents(self) -> tuple[str, ...]:
        """Return the packages that are imported before it."""
        parts = self.name.split(".")[:-1]
        return tuple(".".join(parts[: end + 1]) for end in range(len(parts)))

    def item(self) -> dict[str, str]:
        """Return what the driver has to know to import it."""
        return {"kind": "import", **vars(self)}

    @property
    def is_package(self) -> bool:
        """Tell whether it is the file of a package itself."""
        return self.path.endswith("__init__.py")


def modules(paths: Collection[str]) -> dict[str, Module]:
    """Return the modules of a tree by name; tests and what sets the target up are none of them."""
    known = frozenset(paths)
    found = [module_of(path, known) for path in sorted(known) if _may_be_imported(path)]
    return {module.name: module for module in reversed(found) if module}


def module_of(path: str, paths: Collection[str]) -> Module | None:
    """Return the module that a file is, as those who use it would import it."""
    folder, _, name = path.rpartition("/")
    root = _root(path, folder, paths)
    within = folder[len(root) :].strip("/")
    parts = [*(within.split("/") if within else []), name.rpartition(".")[0]]
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
        return None
    if parts[-1] == "__init__":
        parts = parts[:-1]
    packaged = f"{folder}/__init__.py" in paths
    beside = "" if packaged or folder in ("", root) else folder
    return Module(".".join(parts), path, root, beside) if parts else None


def roots(known: Iterable[Module]) -> list[str]:
    """Return the folders in which modules of a tree are looked for."""
    return sorted({module.root for module in known})


def _may_be_imported(path: str) -> bool:
    name = path.rpartition("/")[2]
    return path.endswith(".py") and name not in _NO_MODULES and not is_test(path)


def _root(path: str, folder: str, paths: Collection[str]) -> str:
    """Return the folder above the outermost package, or where modules without one start."""
    if folder and f"{folder}/__init__.py" in paths:
        while folder and f"{folder}/__init__.py" in paths:
            folder = folder.rpartition("/")[0]
        return folder
    first = path.partition("/")[0]
    if folder and first in _SOURCE_FOLDERS:
        return first
    named = all(part.isidentifier() for part in folder.split("/") if folder)
    return "" if named else folder


class Reach:
    """Follow imports backwards, reading no more files than that takes."""

    def __init__(self, known: Mapping[str, Module], texts: Mapping[str, bytes]) -> None:
        """Take the modules by name and the texts by path."""
        self.known = known
        self.texts = texts
        self._imports: dict[str, frozenset[str]] = {}

    def of(self, changed: Collection[str], gone: Collection[str]) -> list[Module]:
        """Return the changed modules and whatever imports them, the nearest first.

        `changed` and `gone` are paths. Whoever names a changed file that is no module in its text
        is taken to read it.
        """
        by_path = {module.path: module for module in self.known.values()}
        first = [by_path[path].name for path in changed if path in by_path]
        read = [path for path in changed if path not in by_path and not path.endswith(".py")]
        first += [name for path in read for name in self._naming(path)]
        lost = [module.name for path in gone if (module := module_of(path, gone)) is not None]
        found = dict.fromkeys(first)
        edge = [*first, *lost]
        while edge:
            edge = [name for name in self._importers(edge) if name not in found]
            found.update(dict.fromkeys(edge))
        return [self.known[name] for name in found]

    def _naming(self, path: str) -> Iterator[str]:
        name = path.rpartition("/")[2].encode()
        for module in self.known.values():
            if name in self.texts.get(module.path, b""):
                yield module.name

    def _importers(self, names: Collection[str]) -> list[str]:
        wanted = frozenset(names)
        words = {name.rpartition(".")[2].encode() for name in wanted}
        word = re.compile(
            rb"\b(?:" + b"|".join(re.escape(word) for word in sorted(words)) + rb")\b"
        )
        return [
            module.name
            for module in self.known.values()
            if wanted.intersection(module.parents)
            or (word.search(self.texts.get(module.path, b"")) and wanted & self._imported(module))
        ]

    def _imported(self, module: Module) -> frozenset[str]:
        if module.name not in self._imports:
            found = imported(self.texts.get(module.path, b""), module)
            self._imports[module.name] = frozenset(found)
        return self._imports[module.name]


def imported(text: bytes, module: Module) -> Iterator[str]:
    """Yield the dotted names that a module imports when it is imported itself."""
    try:
        tree = understood(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # it imports nothing; whoever tries it will see why
    for node in _at_import(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(node, module)
            yield from _with_parents(origin)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs on import: everything but the bodies of functions."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.expr):
            waiting.extend(ast.iter_child_nodes(node))


def _absolute(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    up = node.level - 1 if module.is_package else node.level
    return ".".join([*parts[: len(parts) - up], *([node.module] if node.module else [])])


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[: end + 1]) for end in range(len(parts)))
