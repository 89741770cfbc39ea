"""Which public modules, classes and functions say what they are for?"""

import ast
from typing import Any

from benchmarks.inside import outline


def report() -> dict[str, Any]:
    """Return each public name with whether it is documented, and the files that are no Python."""
    public, unread = [], []
    for source in outline.sources():
        if outline.is_test(source.path):
            continue
        if source.tree is None:
            unread.append(outline.found("unreadable", source, source.line, source.trouble))
            continue
        if source.tree.body:
            public.append(_told(source, "", 1, source.tree))
        public += [
            _told(source, name, node.lineno, node)
            for name, node in source.definitions
            if _is_public(name, source)
        ]
    return {"public": public, "unread": unread}


def _is_public(name: str, source: outline.Source) -> bool:
    parts = name.split(".")
    outer = {".".join(parts[:length]) for length in range(1, len(parts))}
    within = any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for other, node in source.definitions
        if other in outer
    )
    return not within and not any(part.startswith("_") for part in parts)


def _told(
    source: outline.Source, name: str, line: int, node: ast.Module | outline.Definition
) -> dict[str, Any]:
    documented = bool((ast.get_docstring(node) or "").strip())
    return {"path": source.path, "symbol": name, "line": line, "documented": documented}
