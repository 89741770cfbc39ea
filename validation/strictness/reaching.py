"""What of a function is run, and under which conditions?"""

import ast
from collections.abc import Iterator, Sequence

# Contexts that let through what fails in them.
_LET_THROUGH = {
    *("open", "closing", "contextlib.closing", "nullcontext", "contextlib.nullcontext"),
    *("patch", "patch.object", "patch.dict", "patch.multiple", "monkeypatch.context"),
    *("subTest", "subtests.test", "override_settings", "settings", "modify_settings"),
    *("warnings.catch_warnings", "assertWarns", "assertWarnsMessage", "pytest.warns"),
    *("pytest.deprecated_call", "assertLogs", "assertNoLogs", "assertNumQueries"),
    *("tempfile.TemporaryDirectory", "tempfile.NamedTemporaryFile", "TemporaryDirectory"),
    *("captureOnCommitCallbacks", "transaction.atomic", "atomic"),
}
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def reached(
    body: Sequence[ast.stmt], guards: tuple[str, ...]
) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
    """Walk what is run, as far as a plain return, with the conditions that it is run under."""
    for node in body:
        inside = blocks(node)
        yield from ((one, guards) for one in _own(node, inside))
        more = (*guards, guard(node)) if inside and guard(node) else guards
        for inner in inside:
            yield from reached(inner, more)
        if not isinstance(node, ast.With | ast.AsyncWith | _SCOPES) and _may_leave(inside):
            guards = (*guards, f"no return after {guard(node) or 'a loop'}")
        if isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break):
            return


def _may_leave(inside: Sequence[Sequence[ast.stmt]]) -> bool:
    """Tell whether a block may end what it stands in before what follows is reached."""
    return any(
        isinstance(node, ast.Return)
        or (not isinstance(node, _SCOPES) and _may_leave(blocks(node)))
        for block in inside
        for node in block
    )


def _own(node: ast.stmt, inside: Sequence[Sequence[ast.stmt]]) -> Iterator[ast.AST]:
    inner = {id(one) for block in inside for one in block}
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop(0)
        yield one
        waiting += [
            child
            for child in ast.iter_child_nodes(one)
            if id(child) not in inner and not isinstance(child, ast.Lambda | ast.ExceptHandler)
        ]


def blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    """Return the bodies that a statement has."""
    found = [
        block
        for name in ("body", "orelse", "finalbody")
        if (block := getattr(node, name, None)) and isinstance(block, list)
    ]
    handlers = [one.body for one in getattr(node, "handlers", [])]
    cases = [one.body for one in getattr(node, "cases", [])]
    return [*found, *handlers, *cases]


def guard(node: ast.stmt) -> str:
    """Name what a block depends on: it may never be run, or what fails in it be swallowed."""
    match node:
        case ast.If(test=test) | ast.While(test=test):
            return f"if {ast.unparse(test)}"
        case ast.For() | ast.AsyncFor():
            return _over(node)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return _around(items)
        case ast.Try(finalbody=last) if any(isinstance(one, ast.Return) for one in last):
            return "a finally that returns"
        case ast.Try(handlers=handlers) if handlers:
            return "try"
        case ast.Match(subject=subject):
            return f"match {ast.unparse(subject)}"
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return f"within {node.name}"
        case _:
            return ""


def _over(node: ast.For | ast.AsyncFor) -> str:
    """Name a loop, unless it is over values that are written there: then it is run."""
    over = node.iter
    written = isinstance(over, ast.List | ast.Tuple | ast.Set)
    if written and any(not isinstance(one, ast.Starred) for one in getattr(over, "elts", ())):
        return ""
    return f"for {ast.unparse(node.target)} in {ast.unparse(over)}"


def _around(items: Sequence[ast.withitem]) -> str:
    """Name the contexts that may swallow what fails in them."""
    left = [one for one in items if _called(one.context_expr) not in _LET_THROUGH]
    return f"with {', '.join(ast.unparse(one) for one in left)}" if left else ""


def _called(node: ast.expr) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return ast.unparse(node.func).removeprefix("self.").removeprefix("mock.")
