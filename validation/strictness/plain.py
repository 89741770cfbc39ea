"""Which form does Python take once what makes no difference to a test is left out?"""

import ast
from collections.abc import Mapping
from functools import reduce

from validation.parsing import parsed

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BUILT_IN = {"List": "list", "Dict": "dict", "Set": "set", "Tuple": "tuple", "Type": "type"}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


def plain(tree: ast.Module) -> ast.Module:
    """Return the tree without the types of local names, all else as it is meant."""
    _Plain().visit(tree)
    return ast.fix_missing_locations(tree)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return a piece of code with other local names; what is none is returned as it is."""
    try:
        tree = parsed(text)
    except SyntaxError:
        return text
    return ast.unparse(_Renaming(names).visit(tree))


class _Plain(ast.NodeTransformer):
    """Write alike what says the same; within a class a type may say what is accepted."""

    def __init__(self) -> None:
        self.within: list[ast.AST] = []

    def _inside(self, node: ast.AST) -> ast.AST:
        self.within.append(node)
        self.generic_visit(node)
        self.within.pop()
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Go into a class."""
        return self._inside(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Leave out the types of a function that nothing reads them of."""
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Do the same where it waits."""
        return self._function(node)

    def _function(self, node: Function) -> ast.AST:
        nested = any(isinstance(one, Function) for one in self.within)
        fixtures = all("fixture" in ast.unparse(one) for one in node.decorator_list)
        if not nested and (fixtures or node.name.startswith("test")):
            node.returns = None
            for one in ast.walk(node.args):
                if isinstance(one, ast.arg):
                    one.annotation = None
        return self._inside(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Leave out the type of a local name."""
        self.generic_visit(node)
        node.annotation = _form(node.annotation)
        if not (self.within and isinstance(self.within[-1], Function)):
            return node
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Write a type that stays in its newer form."""
        node.annotation = node.annotation and _form(node.annotation)
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Call what a comprehension goes through by its depth."""
        super().generic_visit(node)
        if isinstance(node, _COMPREHENSIONS):
            depth = sum(isinstance(one, _COMPREHENSIONS) for one in ast.walk(node))
            bound = [
                one.id
                for part in node.generators
                for one in ast.walk(part.target)
                if isinstance(one, ast.Name)
            ]
            names = {name: f"each{depth}_{number}" for number, name in enumerate(bound)}
            for child in ast.iter_child_nodes(node):
                _Renaming(names).visit(child)
        return node


class _Renaming(ast.NodeTransformer):
    """Give names others."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Rename a use."""
        node.id = self.names.get(node.id, node.id)
        return node


def _form(node: ast.expr) -> ast.expr:
    """Write Optional[X], Union[X, Y] and List[X] as Python has them today."""
    for child in ast.walk(node):
        for field, value in ast.iter_fields(child):
            if isinstance(value, ast.expr):
                setattr(child, field, _form_here(value))
            elif isinstance(value, list):
                setattr(child, field, [_form_here(one) for one in value])
    return _form_here(node)


def _form_here(node: ast.expr) -> ast.expr:
    name = ast.unparse(node.value if isinstance(node, ast.Subscript) else node)
    name = name.removeprefix("typing.").removeprefix("t.")
    if not isinstance(node, ast.Subscript):
        return ast.Name(_BUILT_IN[name], ast.Load()) if name in _BUILT_IN else node
    if name == "Optional":
        return ast.BinOp(node.slice, ast.BitOr(), ast.Constant(None))
    if name == "Union" and isinstance(node.slice, ast.Tuple):
        return reduce(lambda one, other: ast.BinOp(one, ast.BitOr(), other), node.slice.elts)
    return node
