"""What of a function is run, and under which conditions?"""

import ast
from collections.abc import Iterator, Sequence


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
        if isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break):
            return


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
        case ast.For(target=target, iter=over) | ast.AsyncFor(target=target, iter=over):
            return f"for {ast.unparse(target)} in {ast.unparse(over)}"
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return f"with {', '.join(ast.unparse(one) for one in items)}"
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
