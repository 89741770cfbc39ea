"""Does every import lead somewhere? Nothing is imported to find that out."""

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.inside import outline

_DECLARING = ("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "Pipfile")
_FORGIVING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_DYNAMIC = frozenset({"globals", "vars", "setattr", "exec", "__getattr__", "locals"})


class House:
    """Know which modules the files make."""

    def __init__(self, paths: list[str]) -> None:
        packages = {str(PurePosixPath(p).parent) for p in paths if p.endswith("__init__.py")}
        self.modules: dict[str, str] = {}
        for path in paths:
            for name in _names(path, packages):
                self.modules.setdefault(name, path)
        self.known = {
            ".".join(name.split(".")[:length])
            for name in self.modules
            for length in range(1, name.count(".") + 2)
        }
        self.tops = {name.split(".")[0] for name in self.known}
        self.read: dict[str, frozenset[str] | None] = {}

    def lacks(self, module: str, name: str) -> bool:
        """Tell whether a module of ours surely has no such name."""
        if f"{module}.{name}" in self.known or module not in self.modules:
            return False
        path = self.modules[module]
        if path not in self.read:
            self.read[path] = _offered(outline.read(path).tree)
        offered = self.read[path]
        return offered is not None and name not in offered


def report() -> dict[str, Any]:
    """Return the imports that lead nowhere, and those that only another machine can judge."""
    paths = outline.files()
    house = House([path for path in paths if path.endswith((".py", ".pyi"))])
    declared = _declared(paths)
    findings, elsewhere, files = [], set(), 0
    for source in outline.sources():
        files += 1
        if source.tree is None:
            findings.append(outline.found("syntax", source, source.line, source.trouble))
            continue
        for line, rule, name in _wrong(source, source.tree, house):
            if rule == "not-installed" and _plain(name) in declared:
                elsewhere.add(name)
            else:
                findings.append(outline.found(rule, source, line, _words(rule, name)))
    return {"findings": findings, "files": files, "elsewhere": sorted(elsewhere)}


def _words(rule: str, name: str) -> str:
    if rule == "not-installed":
        return f"{name} is neither here, nor installed, nor declared as a dependency"
    return f"there is no {name}"


def _wrong(
    source: outline.Source, tree: ast.Module, house: House
) -> Iterator[tuple[int, str, str]]:
    for node, lazily in _imports(tree):
        for module, name in _wanted(node, source.path):
            if module is None:
                yield node.lineno, "beyond-top", f"{'.' * getattr(node, 'level', 0)}{name}"
            elif module.split(".")[0] in house.tops:
                if module not in house.known:
                    yield node.lineno, "no-module", module
                elif name and house.lacks(module, name):
                    yield node.lineno, "no-name", f"{name} in {module}"
            elif not lazily and not _is_installed(module.split(".")[0]):
                yield node.lineno, "not-installed", module.split(".")[0]


def _wanted(node: ast.Import | ast.ImportFrom, path: str) -> list[tuple[str | None, str]]:
    if isinstance(node, ast.Import):
        return [(alias.name, "") for alias in node.names]
    names = ["" if alias.name == "*" else alias.name for alias in node.names]
    if not node.level:
        return [(node.module or "", name) for name in names]
    parts = list(PurePosixPath(path).parent.parts)
    if node.level - 1 > len(parts) - 1:
        return [(None, node.module or names[0])]
    kept = parts[: len(parts) - (node.level - 1)]
    module = ".".join([*kept, *(node.module or "").split(".")]).rstrip(".")
    return [(module, name) for name in names]


def _imports(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Yield the imports that nothing guards, and whether they wait for a call."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, lazily = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, lazily
        if isinstance(node, ast.Try) and any(_forgives(one) for one in node.handlers):
            continue
        if isinstance(node, ast.If):  # a version, a platform, TYPE_CHECKING
            continue
        lazily = lazily or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        waiting += [(child, lazily) for child in ast.iter_child_nodes(node)]


def _forgives(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & _FORGIVING)


def _names(path: str, packages: set[str]) -> Iterator[str]:
    """Yield the names by which a file may be imported: from its package's folder, from the top."""
    place = PurePosixPath(path).with_suffix("")
    parts = place.parts[:-1] if place.name == "__init__" else place.parts
    first = len(place.parts) - 1
    while first and "/".join(place.parts[:first]) in packages:
        first -= 1
    for start in {0, first, 1 if place.parts[0] in ("src", "lib") else 0}:
        if parts[start:]:
            yield ".".join(parts[start:])


def _offered(tree: ast.Module | None) -> frozenset[str] | None:
    """Return the names that a module binds; None where it may bind others too."""
    if tree is None:
        return None
    offered: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, outline.DEFINITIONS):
            offered.add(node.name)
        elif isinstance(node, ast.Name):
            offered.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound = {alias.asname or alias.name.split(".")[0] for alias in node.names}
            offered |= bound
        elif isinstance(node, ast.Global):
            offered |= set(node.names)
    if offered & (_DYNAMIC | {"*"}):
        return None
    return frozenset(offered | {"__file__", "__name__", "__doc__"})


def _is_installed(name: str) -> bool:
    if name in sys.stdlib_module_names:  # of every system, such as msvcrt
        return True
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _declared(paths: list[str]) -> str:
    """Return all that the files that declare dependencies say, in one plain form."""
    wanted = [
        path
        for path in paths
        if path in _DECLARING or re.search(r"(^|/)[\w-]*requirements[\w/-]*\.(txt|in)$", path)
    ]
    return _plain(" ".join(Path(p).read_text("utf-8", "replace")[:100_000] for p in wanted))


def _plain(text: str) -> str:
    return text.lower().replace("-", "_")
