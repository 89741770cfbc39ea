"""What does an assertion demand, and does another one demand less?"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

ANY, SOME, EXACT = 1, 2, 3  # truth; order, membership, nearness; equality
_OPS: dict[type[ast.cmpop], tuple[str, int]] = {
    ast.Eq: ("==", EXACT),
    ast.Is: ("is", EXACT),
    ast.NotEq: ("!=", ANY),
    ast.IsNot: ("is not", ANY),
    ast.In: ("in", SOME),
    ast.NotIn: ("not in", SOME),
    ast.Lt: ("<", SOME),
    ast.LtE: ("<=", SOME),
    ast.Gt: (">", SOME),
    ast.GtE: (">=", SOME),
}
_METHODS = {
    "assertEqual": ("==", EXACT),
    "assertEquals": ("==", EXACT),
    "assertIs": ("is", EXACT),
    "assertListEqual": ("==", EXACT),
    "assertDictEqual": ("==", EXACT),
    "assertSetEqual": ("==", EXACT),
    "assertTupleEqual": ("==", EXACT),
    "assertSequenceEqual": ("==", EXACT),
    "assertMultiLineEqual": ("==", EXACT),
    "assertCountEqual": ("same members", SOME),
    "assertIn": ("in", SOME),
    "assertNotIn": ("not in", SOME),
    "assertLess": ("<", SOME),
    "assertLessEqual": ("<=", SOME),
    "assertGreater": (">", SOME),
    "assertGreaterEqual": (">=", SOME),
    "assertAlmostEqual": ("near", SOME),
    "assertNotEqual": ("!=", ANY),
    "assertIsNot": ("is not", ANY),
    "assertIsInstance": ("is a", SOME),
    "assertRegex": ("fits", SOME),
}
_EITHER_WAY = {"==", "!=", "is", "is not"}
_MATCHING = {"assertRaisesRegex", "assertRaisesMessage", "assertWarnsRegex", "assertWarnsMessage"}
_RAISING = {"raises", "assertRaises", "warns", "assertWarns", *_MATCHING}
_NEAR = {"abs", "rel", "delta"}  # larger is looser
_WORDS = {"msg", "message"}
_BROAD = {"Exception", "BaseException"}


@dataclass(frozen=True)
class Assertion:
    """Hold what one assertion demands, in one form for all ways to write it."""

    op: str
    left: str
    right: str
    strength: int
    line: int
    text: str
    options: tuple[tuple[str, str], ...] = ()
    guards: tuple[str, ...] = ()

    @property
    def demand(self) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
        """Return what makes two assertions the same."""
        left, right = self.left, self.right
        if self.op in _EITHER_WAY and right < left:
            left, right = right, left
        return (self.op, left, right, self.options)


def of_node(node: ast.AST, guards: tuple[str, ...]) -> Iterator[Assertion]:
    """Return the assertions that a statement or an expression makes by itself."""
    if isinstance(node, ast.Assert):
        yield from _of_test(node.test, node, guards)
    elif isinstance(node, ast.Call):
        name = called(node)
        if name in ("assertTrue", "assertFalse") and node.args:
            test = node.args[0]
            negated = ast.UnaryOp(ast.Not(), test)
            yield from _of_test(test if name == "assertTrue" else negated, node, guards)
        elif name in _RAISING:
            yield _raising(node, guards)
        elif name.startswith("assert") or name == "fail":
            yield _method(name, node, guards)


def called(node: ast.Call) -> str:
    """Return the last part of what is called."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def looser(old: Assertion, new: Assertion) -> str:
    """Say how the new one demands less or something else; nothing where it does not."""
    if new.strength < old.strength:
        return "is looser"
    if old.op == "raises" == new.op:
        return _looser_raise(old, new)
    if (old.op, old.left, old.right) == (new.op, new.left, new.right):
        return _looser_options(dict(old.options), dict(new.options))
    if old.op == new.op and old.left == new.left:
        return _moved(old, new)
    if new.strength > old.strength and new.left == old.left:
        return ""
    return "demands something else"


def alike(old: Assertion, new: Assertion) -> int:
    """Rate how likely the new one stands in the old one's place; 0: not at all."""
    score = 4 * (old.left == new.left) + 2 * (old.right == new.right and old.right != "")
    about = old.left and old.left in f"{new.left} {new.right}"
    kin = 2 if old.op == "raises" else 1
    return score + kin * (old.op == new.op) + (2 if about else 0)


def _of_test(test: ast.expr, node: ast.AST, guards: tuple[str, ...]) -> Iterator[Assertion]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for value in test.values:
            yield from _of_test(value, node, guards)
        return
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        op, strength = _OPS[type(test.ops[0])]
        yield _compared(op, strength, test.left, test.comparators[0], node, guards)
        return
    strength = 0 if isinstance(test, ast.Constant) else ANY
    text = ast.unparse(test)
    yield Assertion("holds", text, "", strength, _line(node), _text(node), (), guards)


def _compared(
    op: str,
    strength: int,
    left: ast.expr,
    right: ast.expr,
    node: ast.AST,
    guards: tuple[str, ...],
) -> Assertion:
    options: tuple[tuple[str, str], ...] = ()
    for side in (left, right):
        if isinstance(side, ast.Call) and called(side) == "approx" and side.args:
            op, strength, options = "near", SOME, _options(side)
    ends = (_inside(left), _inside(right))
    if ends[0] == ends[1]:
        strength = 0  # true whatever happens
    return Assertion(op, *ends, strength, _line(node), _text(node), options, guards)


def _inside(node: ast.expr) -> str:
    """Write a side of a comparison, of approx(…) what it is near to."""
    near = isinstance(node, ast.Call) and called(node) == "approx" and node.args
    return ast.unparse(node.args[0] if near and isinstance(node, ast.Call) else node)


def _method(name: str, node: ast.Call, guards: tuple[str, ...]) -> Assertion:
    if name in _METHODS and len(node.args) >= 2:
        op, strength = _METHODS[name]
        found = _compared(op, strength, node.args[0], node.args[1], node, guards)
        places = (
            [("places", ast.unparse(node.args[2]))]
            if name.endswith("lmostEqual") and (len(node.args) > 2)
            else []
        )
        options = (*found.options, *_options(node), *places)
        ends = (found.left, found.right)
        return Assertion(op, *ends, found.strength, _line(node), _text(node), options, guards)
    strength = ANY if name in ("assertIsNotNone", "assertIsNone") else SOME
    left = ", ".join(ast.unparse(one) for one in node.args)
    if isinstance(node.func, ast.Attribute) and not _is_self(node.func.value):
        left = f"{ast.unparse(node.func.value)}({left})"
    line, text, options = _line(node), _text(node), _options(node)
    return Assertion(name, left, "", strength, line, text, options, guards)


def _raising(node: ast.Call, guards: tuple[str, ...]) -> Assertion:
    what = ast.unparse(node.args[0]) if node.args else ""
    strength = ANY if what.rpartition(".")[2] in _BROAD or not what else EXACT
    options = _options(node)
    if called(node) in _MATCHING and len(node.args) > 1:
        options = (*options, ("match", ast.unparse(node.args[1])))
    return Assertion("raises", what, "", strength, _line(node), _text(node), options, guards)


def _looser_raise(old: Assertion, new: Assertion) -> str:
    if old.left != new.left:
        return "" if old.strength < new.strength else "demands something else"
    gone = dict(old.options).get("match")
    if gone and dict(new.options).get("match") != gone:
        return "is looser" if "match" not in dict(new.options) else "demands something else"
    return ""


def _looser_options(old: dict[str, str], new: dict[str, str]) -> str:
    if old == new:
        return ""
    for name in {*old, *new}:
        before, after = _number(old.get(name, "")), _number(new.get(name, ""))
        if name in _NEAR and before is not None and after is not None and after <= before:
            continue
        if name == "places" and before is not None and after is not None and after >= before:
            continue
        if old.get(name) != new.get(name):
            return "has another tolerance"
    return ""


def _moved(old: Assertion, new: Assertion) -> str:
    before, after = _number(old.right), _number(new.right)
    if before is not None and after is not None:
        if old.op in ("<", "<=") and after <= before:
            return ""
        if old.op in (">", ">=") and after >= before:
            return ""
        return "has another threshold" if old.op in ("<", "<=", ">", ">=") else "expects otherwise"
    return "expects otherwise"


def _number(text: str) -> float | None:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _options(node: ast.Call) -> tuple[tuple[str, str], ...]:
    return tuple(
        sorted(
            (one.arg, ast.unparse(one.value))
            for one in node.keywords
            if one.arg and one.arg not in _WORDS
        )
    )


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _text(node: ast.AST) -> str:
    return ast.unparse(node)
