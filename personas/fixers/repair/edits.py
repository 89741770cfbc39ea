"""What does each generic operator make of a node? None of them knows any particular program."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

MOST_NAMES = 8
COMPARE: Mapping[str, tuple[str, ...]] = {
    "<": ("<=", ">", ">="),
    "<=": ("<", ">=", ">"),
    ">": (">=", "<", "<="),
    ">=": (">", "<=", "<"),
    "==": ("!=", ">=", "<="),
    "!=": ("==",),
    "in": ("not in",),
    "not in": ("in",),
    "is": ("is not",),
    "is not": ("is",),
}
ARITHMETIC: Mapping[str, tuple[str, ...]] = {
    "+": ("-", "*"),
    "-": ("+",),
    "*": ("+", "//", "**"),
    "/": ("//", "*"),
    "//": ("/", "*", "%"),
    "%": ("//",),
    "**": ("*",),
    "&": ("|",),
    "|": ("&", "^"),
    "^": ("|", "&"),
    "<<": (">>",),
    ">>": ("<<",),
}
JOIN: Mapping[str, tuple[str, ...]] = {"and": ("or",), "or": ("and",)}
PAIRS = (
    *(("min", "max"), ("any", "all"), ("startswith", "endswith"), ("lower", "upper")),
    *(("append", "extend"), ("lstrip", "rstrip"), ("ceil", "floor"), ("index", "rindex")),
    *(("find", "rfind"), ("keys", "values"), ("split", "rsplit"), ("popleft", "pop")),
)
TWINS = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_COMPARED = re.compile(r"not\s+in|is\s+not|[<>=!]=|[<>]|\bin\b|\bis\b")
_CALCULATED = re.compile(r"\*\*|//|<<|>>|[-+*/%&|^]")
_JOINED = re.compile(r"\b(and|or)\b")


@dataclass(frozen=True)
class Replacement:
    """Replace the text from start to end."""

    start: int
    end: int
    new: str
    operator: str


@dataclass(frozen=True)
class Source:
    """Find where a node stands in a text; its columns count bytes, ours signs."""

    text: str

    @cached_property
    def _lines(self) -> list[tuple[int, str]]:
        found, start = [], 0
        for line in _LINE.findall(self.text):  # a form feed ends none, unlike splitlines says
            found.append((start, line))
            start += len(line)
        return found

    def at(self, line: int, column: int) -> int:
        """Return the place of a line and a column of bytes."""
        start, text = self._lines[line - 1]
        return start + len(text.encode()[:column].decode("utf-8", "ignore"))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return where a node starts and ends."""
        last = node.end_lineno or node.lineno
        return self.at(node.lineno, node.col_offset), self.at(last, node.end_col_offset or 0)

    def of(self, node: ast.expr | ast.stmt) -> str:
        """Return a node's own text."""
        start, end = self.span(node)
        return self.text[start:end]

    def between(self, left: ast.expr, right: ast.expr) -> tuple[int, str]:
        """Return what stands between two nodes, and where."""
        start, end = self.span(left)[1], self.span(right)[0]
        return start, self.text[start:end]


Operator = Callable[[ast.AST, Source, ast.AST], Iterator[Replacement]]


def compared(node: ast.AST, source: Source, scope: ast.AST) -> Iterator[Replacement]:
    """Compare otherwise."""
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for left, right in pairwise(operands):
            yield from _swapped(source, left, right, _COMPARED, COMPARE, "compare")


def joined(node: ast.AST, source: Source, scope: ast.AST) -> Iterator[Replacement]:
    """Join conditions otherwise, or leave one of two out."""
    if isinstance(node, ast.BoolOp):
        for left, right in pairwise(node.values):
            yield from _swapped(source, left, right, _JOINED, JOIN, "join")
        if len(node.values) == 2:
            start, end = source.span(node)
            for kept in node.values:
                yield Replacement(start, end, source.of(kept), "leave-out")


def calculated(node: ast.AST, source: Source, scope: ast.AST) -> Iterator[Replacement]:
    """Calculate otherwise, or the other way round."""
    if isinstance(node, ast.BinOp):
        yield from _swapped(source, node.left, node.right, _CALCULATED, ARITHMETIC, "calculate")
        if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod):
            middle = source.between(node.left, node.right)[1]
            if "(" not in middle and ")" not in middle:
                turned = f"{source.of(node.right)}{middle}{source.of(node.left)}"
                yield Replacement(*source.span(node), turned, "turn-round")
    if isinstance(node, ast.AugAssign):
        known = (source, node.target, node.value)
        yield from _swapped(*known, _CALCULATED, ARITHMETIC, "calculate")


def counted(node: ast.AST, source: Source, scope: ast.AST) -> Iterator[Replacement]:
    """Count one more or one less; take true for false."""
    if isinstance(node, ast.Constant):
        start, end = source.span(node)
        if isinstance(node.value, bool):
            yield Replacement(start, end, str(not node.value), "truth")
        elif isinstance(node.value, int) and node.value < 10**9:
            for new in (node.value + 1, node.value - 1):
                text = str(new) if new >= 0 else f"({new})"
                yield Replacement(start, end, text, "count")


def offset(node: ast.AST, source: Source, scope: ast.AST) -> Iterator[Replacement]:
    """Reach one farther or one less far: arguments, indices, bounds and results."""
    for inner in _reached(node):
        if not isinstance(inner, ast.Constant | ast.Starred | ast.Tuple | ast.Slice):
            start, end = source.span(inner)
            text = source.of(inner)
            whole = text if isinstance(inner, ast.Name | ast.Call | ast.Subscript) else f"({text})"
            for sign in ("+", "-"):
                yield Replacement(start, end, f"{whole} {sign} 1", "offset")


def negated(node: ast.AST, source: Source, scope: ast.AST) -> Iterator[Replacement]:
    """Turn a condition into its opposite."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        start, end = source.span(node.test)
        yield Replacement(start, end, f"not ({source.of(node.test)})", "negate")
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield Replacement(*source.span(node), source.of(node.operand), "negate")


def renamed(node: ast.AST, source: Source, scope: ast.AST) -> Iterator[Replacement]:
    """Take another name of the same function."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and _is_local(node, scope):
        for name in [one for one in _names(scope) if one != node.id][:MOST_NAMES]:
            yield Replacement(*source.span(node), name, "name")


def twinned(node: ast.AST, source: Source, scope: ast.AST) -> Iterator[Replacement]:
    """Call the function that is often meant instead."""
    if isinstance(node, ast.Name) and node.id in TWINS:
        yield Replacement(*source.span(node), TWINS[node.id], "twin")
    if isinstance(node, ast.Attribute) and node.attr in TWINS:
        _, end = source.span(node)
        yield Replacement(end - len(node.attr), end, TWINS[node.attr], "twin")


def rearranged(node: ast.AST, source: Source, scope: ast.AST) -> Iterator[Replacement]:
    """Give two arguments the other way round, or take one of two branches for the other."""
    if isinstance(node, ast.Call) and len(node.args) >= 2:
        for one, other in pairwise(node.args):
            start, end = source.span(one)[0], source.span(other)[1]
            middle = source.between(one, other)[1]
            text = f"{source.of(other)}{middle}{source.of(one)}"
            yield Replacement(start, end, text, "arguments")
    if isinstance(node, ast.IfExp):
        body, test, otherwise = map(source.of, (node.body, node.test, node.orelse))
        yield Replacement(*source.span(node), f"{otherwise} if {test} else {body}", "branches")


def left_out(node: ast.AST, source: Source, scope: ast.AST) -> Iterator[Replacement]:
    """Leave a simple statement out, or leave a loop otherwise."""
    if isinstance(node, ast.Break | ast.Continue):
        new = "continue" if isinstance(node, ast.Break) else "break"
        yield Replacement(*source.span(node), new, "leave-loop")
    if isinstance(node, ast.Expr | ast.AugAssign | ast.Break | ast.Continue | ast.Delete):
        yield Replacement(*source.span(node), "pass", "leave-out")
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        yield Replacement(*source.span(node), source.of(node.args[0]), "unwrap")


OPERATORS: tuple[Operator, ...] = (
    *(compared, calculated, joined, counted, offset, twinned),
    *(negated, rearranged, renamed, left_out),
)


def _swapped(
    source: Source,
    left: ast.expr,
    right: ast.expr,
    pattern: re.Pattern[str],
    known: Mapping[str, tuple[str, ...]],
    name: str,
) -> Iterator[Replacement]:
    start, middle = source.between(left, right)
    if found := pattern.search(middle):
        for new in known.get(" ".join(found[0].split()), ()):
            yield Replacement(start + found.start(), start + found.end(), new, name)


def _reached(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        yield from node.args
    elif isinstance(node, ast.Subscript):
        yield node.slice
    elif isinstance(node, ast.Slice):
        yield from filter(None, (node.lower, node.upper))
    elif isinstance(node, ast.Compare):
        yield from node.comparators
    elif isinstance(node, ast.Return | ast.Assign) and node.value is not None:
        yield node.value


def _names(scope: ast.AST) -> list[str]:
    if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        return []
    given = [
        one.arg for one in (*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs)
    ]
    stored = [
        node.id
        for node in ast.walk(scope)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return sorted(dict.fromkeys([*given, *stored]))


def _is_local(node: ast.Name, scope: ast.AST) -> bool:
    return node.id in _names(scope)
