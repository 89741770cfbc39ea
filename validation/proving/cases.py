"""Does a function hold the very values that its tests ask for, beside what they expect?"""

import ast
from collections.abc import Iterator, Mapping

from validation.parsing import understood

_EVERYWHERE = (0, 1, -1, 2, 10, 100, True, False, None, "", b"", (), 0.0, 1.0)
_STATING = frozenset({"assertEqual", "assertAlmostEqual", "assertCountEqual", "assertIs"})
Value = object


def special(tree: ast.Module, tests: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yield the lines that lead from a value of the tests to what they expect of it."""
    pairs = {pair for source in tests.values() for pair in _pairs(source)}
    for node in ast.walk(tree):
        for line, asked, expected in _leading(node):
            found = sorted(
                repr(one) for one, wanted in pairs if one in asked and wanted in expected
            )
            if found:
                yield line, found[0][:60]


def _pairs(source: str) -> Iterator[tuple[Value, Value]]:
    """Yield what tests give to a call with what they expect of it."""
    try:
        tree = understood(source)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        for one, other in _compared(node):
            for call, value in ((one, other), (other, one)):
                expected = _value(value)
                if isinstance(call, ast.Call) and expected not in (_NONE, *_EVERYWHERE):
                    given = {_value(word) for word in call.args} - {_NONE}
                    yield from ((asked, expected) for asked in given)


def _compared(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Call) and len(node.args) > 1:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        return [(node.args[0], node.args[1])] if name in _STATING else []
    if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
        return [(node.test.left, node.test.comparators[0])]
    return []


def _leading(node: ast.AST) -> Iterator[tuple[int, set[Value], set[Value]]]:
    """Yield the conditions of a node with what they lead to."""
    if isinstance(node, ast.If):
        yield node.lineno, _values(node.test), _values(*node.body)
    elif isinstance(node, ast.IfExp):
        yield node.lineno, _values(node.test), _values(node.body)
    elif isinstance(node, ast.match_case):
        yield node.pattern.lineno, _values(node.pattern), _values(*node.body)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield key.lineno, _values(key), _values(value)


_NONE = object()


def _value(node: ast.AST) -> Value:
    """Return what a literal stands for; nothing that is anywhere for what is none."""
    if not isinstance(node, ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.UnaryOp):
        return _NONE
    try:
        return _held(ast.literal_eval(node))
    except (ValueError, TypeError):
        return _NONE


def _held(value: object) -> Value:
    """Return a literal in a form that can be looked up."""
    if isinstance(value, list | tuple):
        return tuple(_held(one) for one in value)
    return repr(sorted(map(repr, value.items()))) if isinstance(value, dict) else value


def _values(*nodes: ast.AST) -> set[Value]:
    return {_value(one) for node in nodes for one in ast.walk(node)} - {_NONE}
