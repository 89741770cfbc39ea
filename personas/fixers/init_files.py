"""Which folders are used as packages and lack the file that makes them one?"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from personas.fixers import Copy, Edit, Fixed

RULE = "init-files:missing"
NEVER = frozenset({"", ".", "docs", "scripts", "bin", "examples", "migrations"})


def init_files(copy: Copy) -> Fixed:
    """Add an empty __init__.py where a package is imported by its name or lies inside another."""
    known = set(copy.paths)
    sources = [path for path in copy.paths if path.endswith(".py")]
    folders = {str(PurePosixPath(path).parent) for path in sources}
    lacking = sorted(one for one in folders - NEVER if f"{one}/__init__.py" not in known)
    lacking = [folder for folder in lacking if copy.may(f"{folder}/__init__.py")]
    # Reading every file is dear, and needed only where the place itself does not tell.
    told = all(_inside_a_package(folder, known) for folder in lacking)
    imported = set() if told else set(_imported(copy, sources))
    edits = [
        Edit(f"{folder}/__init__.py", None, "", (RULE,))
        for folder in lacking
        if _inside_a_package(folder, known) or folder.replace("/", ".") in imported
        if not (copy.folder / folder / "__init__.py").exists()
    ]
    return Fixed(tuple(edits))


def _inside_a_package(folder: str, known: set[str]) -> bool:
    parent = PurePosixPath(folder).parent
    return str(parent) != "." and f"{parent}/__init__.py" in known


def _imported(copy: Copy, sources: Iterable[str]) -> Iterator[str]:
    """Name every package that a file imports a module of."""
    for path in sources:
        try:
            tree = ast.parse(copy.text(path) or "")
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (name.name.rpartition(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module
                yield node.module.rpartition(".")[0]
