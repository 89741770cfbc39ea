"""How is the tree of a test file turned into that of the control run, by any Python that reads it?

It imports nothing of ours: where only the target's own Python reads a file, it is handed to that
one in the sandbox as a text, and does there what it does here.
"""

import ast
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# One list for all test files: a test may assert by a function of another file.
_SHARED = "__import__('builtins').__dict__.setdefault({name!r}, [])"


def turned(
    tree: ast.Module, probe: ast.Module, name: str, asked: Mapping[str, Sequence[str]]
) -> str:
    """Return the control run's form of a tree, the probing code at its begin under new names."""
    tree = ast.fix_missing_locations(_Negation(name, asked).visit(tree))
    first = _start(tree)
    tree.body[first:first] = _under_new_names(probe, name).body
    return ast.unparse(tree)


def main() -> None:
    """Turn round what the plan names, and write each to the descriptor of the results."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    out = int(os.environ.pop(plan["results"]))
    for path in plan["paths"]:
        try:
            tree = ast.parse(Path(path).read_text(encoding="utf-8"))
            text = turned(tree, ast.parse(plan["probe"]), plan["name"], plan["asked"])
        except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
            continue  # whoever asked sees that there is no answer
        _say(out, {"path": path, "text": text})


def _say(out: int, told: Mapping[str, Any]) -> None:
    line = f"{json.dumps(told)}\n".encode()
    while line:
        line = line[os.write(out, line) :]


def _start(tree: ast.Module) -> int:
    """Return where code may begin: after the docstring and what concerns the compiler."""
    for number, one in enumerate(tree.body):
        future = isinstance(one, ast.ImportFrom) and one.module == "__future__"
        text = isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
        if not (future or text):
            return number
    return len(tree.body)


def _bound(one: ast.stmt) -> list[str]:
    if isinstance(one, ast.FunctionDef | ast.ClassDef):
        return [one.name]
    if isinstance(one, ast.Import):
        return [alias.asname or alias.name for alias in one.names]
    targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _under_new_names(probe: ast.Module, name: str) -> ast.Module:
    """Return the probing code, its names replaced so that they meet none of the test's own."""
    probe.body = [one for one in probe.body if not isinstance(one, ast.ImportFrom | ast.Expr)]
    own = {found for one in probe.body for found in _bound(one)}
    return _Renaming(own, name).visit(probe)  # type: ignore[no-any-return]


class _Renaming(ast.NodeTransformer):
    """Put a prefix before the names that a module binds; leave out what only types say."""

    def __init__(self, own: set[str], prefix: str) -> None:
        self.own, self.prefix = own, prefix

    def visit_Import(self, node: ast.Import) -> ast.Import:
        """Import under another name."""
        for alias in node.names:
            alias.asname = self.prefix + alias.name
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Rename a use."""
        if node.id in self.own:
            node.id = self.prefix + node.id
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Rename a function of the module."""
        node.returns = None
        if node.name in self.own:
            node.name = self.prefix + node.name
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        """Rename a class of the module."""
        node.name = self.prefix + node.name
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Leave out the type of an argument."""
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Leave out the type of a value."""
        value = node.value or ast.Constant(None)
        if isinstance(node.target, ast.Name) and node.target.id == "NOTES":
            value = ast.parse(_SHARED.format(name=f"{self.prefix}notes"), mode="eval").body
        return self.generic_visit(ast.copy_location(ast.Assign([node.target], value), node))


class _Negation(ast.NodeTransformer):
    """Put the questions in the place of the assertions."""

    def __init__(self, prefix: str, asked: Mapping[str, Sequence[str]]) -> None:
        self.prefix, self.asked = prefix, asked

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """Ask instead of asserting; what the test goes on with stays the same."""
        return ast.copy_location(ast.Expr(self._asked(node.test)), node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Replace a statement that calls an assertion of unittest."""
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            name, plain = call.func.attr, _plain(call)
            raises = name in self.asked["raises"] and len(call.args) > 1
            asks = raises or name in self.asked["stated"]
            if plain and asks:
                words: list[ast.expr] = [call.func.value, ast.Constant(name), *call.args]
                node.value = self._call("asserting", words, call.keywords)
        return node

    def visit_With(self, node: ast.With) -> ast.AST:
        """Replace the forms that say that a block raises."""
        self.generic_visit(node)
        for item in node.items:
            call = item.context_expr
            if (
                isinstance(call, ast.Call)
                and _called(call) in self.asked["blocks"]
                and _plain(call)
            ):
                words = [call.func, *call.args]
                item.context_expr = self._call("Raising", words, call.keywords)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Begin and end a test."""
        return self._test(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Begin and end a test that waits."""
        return self._test(node)

    def _test(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        if node.name.startswith("test"):
            ending: list[ast.stmt] = [ast.Expr(self._call("closed", []))]
            body = ast.Try(body=node.body, handlers=[], orelse=[], finalbody=ending)
            node.body = [ast.Expr(self._call("opened", [])), body]
        return node

    def _asked(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.BoolOp):
            node.values = [self._asked(one) for one in node.values]
            return node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self._call("untruth", [node.operand])
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            name = ast.Constant(type(node.ops[0]).__name__)
            return self._call("compare", [name, node.left, node.comparators[0]])
        return self._call("truth", [node])

    def _call(
        self, name: str, words: list[ast.expr], named: list[ast.keyword] | None = None
    ) -> ast.Call:
        func = ast.Name(self.prefix + name, ast.Load())
        return ast.Call(func=func, args=words, keywords=named or [])


def _called(call: ast.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _plain(call: ast.Call) -> bool:
    """Tell whether the arguments of a call can be told apart."""
    return not any(isinstance(one, ast.Starred) for one in call.args)


if __name__ == "__main__":
    main()
