"""Would a mended text do something else, or only hide what was found in it?"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

ASKED = "whether an import fails is what the code asks there"
RENAMED = "a name that nothing reads would only be called another"
LET_GO = "what is made there would no longer be held by a name"
# Somebody waits for what fails in there.
WAITING = (ast.Try, ast.TryStar, ast.With, ast.AsyncWith)


def spoils(before: str, after: str) -> str:
    """Say what speaks against a mended text; nothing where nothing does, or neither is read."""
    try:
        old, new = ast.parse(before), ast.parse(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last where it is deep
        return ""  # whether it compiles, others judge
    if Counter(_asked(old)) - Counter(_asked(new)):
        return ASKED
    if _loose(new) > _loose(old):
        return LET_GO
    return RENAMED if _hidden(set(_stored(old)), set(_stored(new))) else ""


def _asked(tree: ast.AST) -> Iterator[str]:
    """Name what is imported where its failing would be noticed."""
    for node in ast.walk(tree):
        if isinstance(node, WAITING):
            for one in _here(node.body):
                if isinstance(one, ast.Import | ast.ImportFrom):
                    yield from (ast.dump(name) for name in one.names)


def _here(statements: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """Walk statements, but into no function: what stands there runs elsewhere."""
    waiting: list[ast.AST] = list(statements)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _loose(tree: ast.AST) -> int:
    """Count the values that are made and not kept: a lock or a folder may end with its name."""
    return sum(
        isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
        for node in ast.walk(tree)
    )


def _stored(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _hidden(old: set[str], new: set[str]) -> bool:
    """Tell whether a name has become the same one with a line before it."""
    return any(name.startswith("_") and name.lstrip("_") in old for name in new - old)
