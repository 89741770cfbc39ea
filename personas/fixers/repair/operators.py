"""Which single edits could a line need? Each replaces a stretch of the text and keeps the rest."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from personas.fixers.repair import edits
from personas.fixers.repair.edits import Replacement


@dataclass(frozen=True)
class Mutation:
    """Hold a file's text with one stretch replaced."""

    path: str
    text: str
    operator: str
    what: str
    rank: int  # of the operator: the commonest mistakes first


def mutations(path: str, text: str, line: int) -> Iterator[Mutation]:
    """Make every edit of one line that still parses, the commonest mistakes first."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    source = edits.Source(text)
    found: list[tuple[int, int, Replacement]] = []
    for scope, node in _on(tree, line):
        for rank, operator in enumerate(edits.OPERATORS):
            for one in operator(node, source, scope):
                found.append((rank, len(found), one))
    for rank, _, one in sorted(found, key=lambda entry: entry[:2]):
        after = text[: one.start] + one.new + text[one.end :]
        if after != text and _parses(after):
            old = " ".join(text[one.start : one.end].split())[:60]
            new = " ".join(one.new.split())[:60]
            yield Mutation(path, after, one.operator, f"{path}:{line} {old!r} → {new!r}", rank)


def _on(tree: ast.Module, line: int) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Walk the nodes that begin on a line, or are part of a statement that does."""
    pending: list[tuple[ast.AST, ast.AST, bool]] = [(tree, tree, False)]
    while pending:
        scope, node, inside = pending.pop(0)
        own = getattr(node, "lineno", None) == line
        if isinstance(node, ast.stmt):
            inside = own
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            scope = node
        if inside or own:
            yield scope, node
        for child in ast.iter_child_nodes(node):
            pending.append((scope, child, inside and not isinstance(child, ast.stmt)))


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return re.search(r"\bnot not\b", text) is None
