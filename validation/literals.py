"""Which texts does a file put together out of pieces, so that no single line shows them?"""

import ast
from collections.abc import Iterator

from validation import scalars
from validation.parsing import understood
from validation.safety.folding import folded


def texts(path: str, text: str) -> Iterator[tuple[int | None, str]]:
    """Return what Python code or a settings file spells, with the line where it begins."""
    if path.endswith((".py", ".pyi")):
        yield from _of_python(text)
    elif scalars.kind_of(path):
        yield from _of_settings(path, text)


def _of_settings(path: str, text: str) -> Iterator[tuple[int | None, str]]:
    try:
        found = scalars.leaves(path, text)
        lines = scalars.lines(path, text)
    except (scalars.Unreadable, scalars.CannotReplace):  # another gate says so
        return
    for key, value in found.items():
        if isinstance(value, str) and value not in text:
            yield lines.get(key), f"{key.rpartition('.')[2]}: {value}"


def _of_python(text: str) -> Iterator[tuple[int | None, str]]:
    try:
        tree = understood(text)
        for node in ast.walk(tree):
            for spelt, line, shown in _of_node(node):
                if spelt not in text:  # else whoever reads the lines has seen it
                    yield line, shown
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # another gate says so
        return


def _of_node(node: ast.AST) -> Iterator[tuple[str, int, str]]:
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name) and (found := folded(node.value)):
            yield found, node.lineno, f'{target.id} = "{found}"'
    elif isinstance(node, ast.expr) and (found := folded(node)):
        yield found, node.lineno, found
