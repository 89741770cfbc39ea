"""How many ways lead through each function (McCabe's count)?"""

import ast
from collections.abc import Iterator
from typing import Any

from benchmarks.inside import outline

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_FORKS = (
    *(ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler),
    *(ast.comprehension, ast.match_case, ast.Assert),
)


def report() -> dict[str, Any]:
    """Return each function with its count, and the files that are no Python."""
    functions, unread = [], []
    for source in outline.sources():
        if source.tree is None:
            unread.append(outline.found("unreadable", source, source.line, source.trouble))
        functions += [
            {"path": source.path, "symbol": name, "line": node.lineno, "ways": _ways(node)}
            for name, node in source.definitions
            if isinstance(node, FUNCTIONS)
        ]
    return {"functions": functions, "unread": unread}


def _ways(function: ast.AST) -> int:
    return 1 + sum(_added(node) for node in _own(function))


def _added(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return int(isinstance(node, _FORKS))


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what belongs to a function and to none within it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if not isinstance(node, outline.DEFINITIONS):
            yield node
            waiting += ast.iter_child_nodes(node)
