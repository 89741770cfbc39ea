"""What does Python say that is newer than the Python that reads it?

`ast` reads what its own Python runs and nothing newer. What is newer is taken out of the text
here, line by line as it stood; `ast` reads the rest, and what was taken out is read by `ast` too
and put into the tree. So nothing is believed that `ast` has not read; what is cut wrongly is
refused.

Known are texts with expressions in them as they are since Python 3.12 (PEP 701) and templates (PEP
750); `type` and parameters of types (PEP 695, 696); `except` without parentheses (PEP 758).
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass

from validation.newer import forms, strings
from validation.newer.forms import OLDEST, Marks

Read = Callable[[str], ast.Module]  # how `ast` is asked
DEEPEST = 20  # expressions in texts in expressions


@dataclass(frozen=True)
class Newer:
    """Hold the tree of a module, and which Python 3 is the first that reads its text."""

    tree: ast.Module
    minor: int


def tree(text: str, read: Read) -> Newer:
    """Return the tree of a module in newer Python; raises SyntaxError for what is none."""
    if "\0" in text:
        raise SyntaxError("source code cannot contain null bytes")
    found = _tree(text.replace("\r\n", "\n").replace("\r", "\n") + "\n", read, 0)
    ast.fix_missing_locations(found.tree)
    return found


def _tree(text: str, read: Read, depth: int) -> Newer:
    if depth > DEEPEST:
        raise SyntaxError("too many texts within texts")
    older, joined = strings.taken_out(text)
    older, marks = (older, Marks()) if depth else forms.taken_out(older)
    module = read(older)
    minor = max((OLDEST, marks.minor, *(14 for one in joined.values() if one.template)))

    def expression(source: str, line: int) -> ast.expr:
        nonlocal minor
        inner = _tree(f"({source}\n)", read, depth + 1)
        minor = max(minor, inner.minor)
        (statement,) = inner.tree.body
        if not isinstance(statement, ast.Expr):
            raise SyntaxError("a text holds something else than an expression", ("", line, 0, ""))
        return ast.increment_lineno(statement, line - 1).value

    forms.put_back(module, marks, expression)
    strings.put_back(module, joined, expression)
    return Newer(module, minor)
