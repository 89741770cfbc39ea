"""How does a test become one that fails exactly when its assertions can tell values apart?

Each assertion of a test file is asked about other values than the right ones, without ending the
test, and each test fails when all of them noticed. So working code fails every test of the
control run, and code that has got at the assertions, the values' comparison or the runner passes.
"""

import ast
from pathlib import Path

from validation.parsing import parsed
from validation.proving import probing

_TEXT = Path(probing.__file__).read_text(encoding="utf-8")
_STATED = frozenset({*probing.OF_VALUES, *probing.OTHERWISE})
# One list for all test files: a test may assert by a function of another file.
_SHARED = "__import__('builtins').__dict__.setdefault({name!r}, [])"


def negated(source: str, name: str) -> str:
    """Return the control run's form of a test file; `name` is drawn for one run.

    Raise SyntaxError or ValueError for what is no Python that we can read.
    """
    tree = parsed(source)
    tree = ast.fix_missing_locations(_Negation(name).visit(tree))
    first = _start(tree)
    tree.body[first:first] = _probe(name).body
    return ast.unparse(tree)


def _start(tree: ast.Module) -> int:
    """Return where code may begin: after the docstring and what concerns the compiler."""
    for number, one in enumerate(tree.body):
        future = isinstance(one, ast.ImportFrom) and one.module == "__future__"
        text = isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
        if not (future or text):
            return number
    return len(tree.body)


def _probe(name: str) -> ast.Module:
    """Return the probing code, its names replaced so that they meet none of the test's own."""
    tree = parsed(_TEXT)
    tree.body = [one for one in tree.body if not isinstance(one, ast.ImportFrom | ast.Expr)]
    own = {found for one in tree.body for found in _bound(one)}
    renaming = _Renaming(own, name)
    return renaming.visit(tree)  # type: ignore[no-any-return]


def _bound(one: ast.stmt) -> list[str]:
    if isinstance(one, ast.FunctionDef | ast.ClassDef):
        return [one.name]
    if isinstance(one, ast.Import):
        return [alias.asname or alias.name for alias in one.names]
    targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


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
            (shared,) = parsed(_SHARED.format(name=f"{self.prefix}notes")).body
            value = shared.value if isinstance(shared, ast.Expr) else value
        return self.generic_visit(ast.copy_location(ast.Assign([node.target], value), node))


class _Negation(ast.NodeTransformer):
    """Put the questions in the place of the assertions."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """Ask instead of asserting; what the test goes on with stays the same."""
        return ast.copy_location(ast.Expr(self._asked(node.test)), node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Replace a statement that calls an assertion of unittest."""
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            name, plain = call.func.attr, _plain(call)
            asks = name in _STATED or (name in probing.RAISES and len(call.args) > 1)
            if plain and asks:
                words: list[ast.expr] = [call.func.value, ast.Constant(name), *call.args]
                node.value = self._call("asserting", words, call.keywords)
        return node

    def visit_With(self, node: ast.With) -> ast.AST:
        """Replace the forms that say that a block raises."""
        self.generic_visit(node)
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and _called(call) in probing.BLOCKS and _plain(call):
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
