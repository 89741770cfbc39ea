"""What does a test assert by calling a function of its own file?"""

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Mapping

from validation.strictness import assertions
from validation.strictness.assertions import Assertion, called
from validation.strictness.reaching import reached

Function = ast.FunctionDef | ast.AsyncFunctionDef
DEEPEST = 3
Lenders = Mapping[str, Function]


def lenders(tree: ast.Module) -> dict[str, Function]:
    """Return the functions of a file whose assertions are those of whoever calls them.

    None that is bound twice, decorated, or gives its values one by one: it may do something else.
    """
    found: dict[str, Function] = {}
    bound: Counter[str] = Counter()
    for prefix, body in (("", tree.body), *_classes(tree)):
        for node in body:
            for name in _bound(node):
                bound[prefix + name] += 1
            if isinstance(node, Function) and _lends(node):
                found[prefix + node.name] = node
    return {name: node for name, node in found.items() if bound[name] == 1}


def borrowed(
    node: ast.AST, guards: tuple[str, ...], prefix: str, known: Lenders, depth: int = DEEPEST
) -> Iterator[Assertion]:
    """Return what a statement that only calls such a function asserts, with what it is given."""
    call = _call(node)
    if call is None or not depth:
        return
    name = _name(call, prefix, known)
    lender = known.get(name)
    given = _given(call, lender, is_method=name.startswith(prefix) and "." in name)
    if lender is None or given is None:
        return
    body = [_Given(given).visit(copy.deepcopy(one)) for one in lender.body]
    for one, under in reached(body, guards):
        yield from assertions.of_node(one, under)
        yield from borrowed(one, under, prefix, known, depth - 1)


def _classes(tree: ast.Module) -> list[tuple[str, list[ast.stmt]]]:
    return [(f"{one.name}.", one.body) for one in tree.body if isinstance(one, ast.ClassDef)]


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, Function | ast.ClassDef):
        return [node.name]
    return [
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    ]


def _lends(node: Function) -> bool:
    arguments = node.args
    plain = not (node.decorator_list or arguments.vararg or arguments.kwarg)
    inside = [one for statement in node.body for one in ast.walk(statement)]
    gives = any(isinstance(one, ast.Yield | ast.YieldFrom | ast.Lambda) for one in inside)
    nested = any(isinstance(one, Function | ast.ClassDef) for one in inside)
    return plain and not gives and not nested and not node.name.startswith("test")


def _call(node: ast.AST) -> ast.Call | None:
    value = node.value if isinstance(node, ast.Expr) else None
    value = value.value if isinstance(value, ast.Await) else value
    return value if isinstance(value, ast.Call) else None


def _name(call: ast.Call, prefix: str, known: Lenders) -> str:
    """Return under which name the function is known: one of the file, or of the same class."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    own = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
    is_self = own and ast.unparse(call.func).startswith(("self.", "cls."))
    return f"{prefix}{called(call)}" if is_self else "?"


def _given(
    call: ast.Call, lender: Function | None, *, is_method: bool
) -> dict[str, ast.expr] | None:
    """Return what each parameter stands for, None where nobody can tell."""
    if lender is None or any(isinstance(one, ast.Starred) for one in call.args):
        return None
    if any(one.arg is None for one in call.keywords):
        return None
    arguments = lender.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)][int(is_method) :]
    if len(call.args) > len(names):
        return None
    defaults = dict(
        zip(reversed(names), reversed(arguments.defaults), strict=False)
        if arguments.defaults
        else ()
    )
    more = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    found = {
        **defaults,
        **{one.arg: value for one, value in more if value is not None},
        **dict(zip(names, call.args, strict=False)),
        **{one.arg: one.value for one in call.keywords if one.arg},
    }
    wanted = {*names, *(one.arg for one in arguments.kwonlyargs)}
    return found if wanted == set(found) else None


class _Given(ast.NodeTransformer):
    """Put what is given in the place of the parameters."""

    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Replace a use."""
        if node.id in self.given and isinstance(node.ctx, ast.Load):
            return copy.deepcopy(self.given[node.id])
        return node
