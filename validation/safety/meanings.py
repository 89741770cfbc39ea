"""What may the names of a Python file stand for: which function of which module?

Light data flow: every binding of a name in the file counts, whatever its scope and order. That
says too much rather than too little: a name that is `os` anywhere is `os` everywhere.
"""

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from validation.safety.dangers import GUARDED, HOLDING
from validation.safety.folding import folded

ROUNDS = 60
MAX_DEPTH = 40
MOST = 500  # meanings of one expression
LONGEST = 5  # parts of a name; nothing that matters has more
_NONE: frozenset[str] = frozenset()
_BUILTINS = frozenset(dir(builtins))
_IMPORTERS = frozenset(
    {
        *("builtins.__import__", "importlib.import_module", "importlib.__import__"),
        *("pkgutil.resolve_name", "pydoc.locate", "runpy.run_module"),
        "django.utils.module_loading.import_string",
    }
)
_READERS = frozenset(
    {"builtins.getattr", "inspect.getattr_static", "builtins.object.__getattribute__"}
)
_GETTERS = frozenset({"operator.attrgetter", "operator.methodcaller"})
_THROUGH = frozenset({"functools.partial", "functools.wraps", "builtins.staticmethod"})
_NEVER_HIDDEN = frozenset({"eval", "exec", "__import__"})
_SAME = {"posix": "os", "nt": "os", "__builtins__": "builtins"}
_INSIDE_OTHERS = frozenset({"os", "sys", "subprocess", "builtins", "importlib"})
_DICTIONARIES = frozenset({"__dict__"})
_SPACES = frozenset({"builtins.globals", "builtins.locals", "builtins.vars"})


class Meanings:
    """Resolve the expressions of one module."""

    def __init__(self, tree: ast.Module) -> None:
        """Read every binding until nothing is new; raise RecursionError if that never ends."""
        self.texts: dict[str, str] = {}
        self.modules: set[str] = set()  # that are imported as a whole
        self._names: dict[str, frozenset[str]] = {}
        self._stars: list[str] = []
        self._memory: dict[int, frozenset[str]] = {}  # of one round
        bindings = list(_bindings(tree))
        self._read_imports(tree)
        self._read_texts(bindings)
        self._bound = frozenset(_surely_bound(tree)) - _NEVER_HIDDEN
        for _ in range(ROUNDS):
            if not self._round(bindings):
                return
        raise RecursionError("the names are given on without an end")

    def of(self, node: ast.expr | None, depth: int = 0) -> frozenset[str]:
        """Return the dotted names that an expression may stand for."""
        reader = _READ.get(type(node)) if node is not None else None
        if reader is None:
            return _NONE
        if depth > MAX_DEPTH:
            raise RecursionError("an expression is nested too deeply to be followed")
        if (known := self._memory.get(id(node))) is None:
            found = frozenset(reader(self, node, depth + 1))
            known = frozenset(name for name in found if name.count(".") < LONGEST)
            if len(known) > MOST:
                raise RecursionError("an expression may stand for more than can be followed")
            self._memory[id(node)] = known
        return known

    def text(self, node: ast.expr) -> str | None:
        """Return the text that an expression always has."""
        return folded(node, self.texts)

    def _read_imports(self, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    plain = alias.name if alias.asname else alias.name.partition(".")[0]
                    self._add(alias.asname or plain, {plain})
                    self.modules.add(plain)
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                for alias in node.names:
                    if alias.name == "*":
                        self._stars.append(module)
                    else:
                        self._add(alias.asname or alias.name, {f"{module}.{alias.name}"})

    def _read_texts(self, bindings: list[tuple[str, ast.expr]]) -> None:
        """Keep the texts of names that are bound once."""
        times = Counter(name for name, _ in bindings)
        once = [(name, value) for name, value in bindings if times[name] == 1]
        for _ in range(ROUNDS):
            for name, value in once:
                if name not in self.texts and (text := self.text(value)) is not None:
                    self.texts[name] = text

    def _round(self, bindings: list[tuple[str, ast.expr]]) -> bool:
        self._memory.clear()
        learnt = [self._add(name, self.of(value)) for name, value in bindings]
        return any(learnt)

    def _add(self, name: str, found: Iterable[str]) -> bool:
        known = self._names.get(name, _NONE)
        self._names[name] = known | frozenset(found)
        return len(self._names[name]) > len(known)

    def _name(self, node: ast.Name, _depth: int) -> Iterable[str]:
        if node.id == "__builtins__":
            return {"builtins"}
        found = self._names.get(node.id, _NONE)
        if node.id in _BUILTINS and node.id not in self._bound:
            return found | {f"builtins.{node.id}"}
        if not found and node.id not in self._bound:
            return {f"{module}.{node.id}" for module in self._stars}
        return found

    def _attribute(self, node: ast.Attribute, depth: int) -> Iterable[str]:
        inner = self.of(node.value, depth)
        if node.attr in _DICTIONARIES:
            return inner
        return {_plain(f"{name}.{node.attr}") for name in inner}

    def _subscript(self, node: ast.Subscript, depth: int) -> Iterable[str]:
        key = self.text(node.slice)
        if isinstance(node.value, ast.List | ast.Tuple | ast.Dict):
            return self.of(node.value, depth)
        if key is None:
            return _NONE
        found = self.of(node.value, depth)
        # A name may stand for a module's dictionary, or for one that holds modules.
        held = {name for name in found if isinstance(node.value, ast.Name) and name in GUARDED}
        return {_item(name, key) for name in found} | held

    def _several(
        self, node: ast.List | ast.Tuple | ast.Dict | ast.Set, depth: int
    ) -> Iterable[str]:
        parts = node.values if isinstance(node, ast.Dict) else node.elts
        return _union(self.of(part, depth) for part in parts[:200])

    def _either(self, node: ast.IfExp | ast.BoolOp, depth: int) -> Iterable[str]:
        parts = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
        return _union(self.of(part, depth) for part in parts)

    def _inner(self, node: ast.NamedExpr | ast.Await | ast.Starred, depth: int) -> Iterable[str]:
        return self.of(node.value, depth)

    def _call(self, node: ast.Call, depth: int) -> Iterable[str]:
        if isinstance(node.func, ast.Lambda):
            return self.of(node.func.body, depth)
        function = self.of(node.func, depth)
        given = node.args
        found: set[str] = set()
        if function & _IMPORTERS and given and (name := self.text(given[0])):
            found.add(_plain(name.replace(":", ".")))
        if function & _READERS and len(given) > 1:
            found |= self._picked(given[0], self.text(given[1]), depth)
        if function & _THROUGH and given:
            found |= self.of(given[0], depth)
        if function & _SPACES:
            found |= self.of(given[0], depth) if given else {"globals"}
        return found | self._got(node, depth)

    def _picked(self, node: ast.expr, attribute: str | None, depth: int) -> set[str]:
        """Read getattr(os, "system"), and what getattr(socket, anything) may be."""
        inner = self.of(node, depth)
        if attribute is None:
            return {held for name in inner for held in HOLDING.get(name, ())}
        return {_plain(f"{name}.{attribute}") for name in inner}

    def _got(self, node: ast.Call, depth: int) -> frozenset[str]:
        """Read attrgetter("system")(os)."""
        getter = node.func
        if not (isinstance(getter, ast.Call) and getter.args and node.args):
            return _NONE
        attribute = self.text(getter.args[0])
        if attribute is None or not self.of(getter.func, depth) & _GETTERS:
            return _NONE
        return frozenset(_plain(f"{of}.{attribute}") for of in self.of(node.args[0], depth))


def _item(of: str, key: str) -> str:
    """Name what a dictionary of names holds under a key."""
    if of == "sys.modules":
        return key
    if of == "globals":
        return "builtins" if key == "__builtins__" else f"globals.{key}"
    return _plain(f"{of}.{key}")


def _plain(name: str) -> str:
    """Take out detours: shutil.os.system is os.system, and posix is os."""
    parts = [_SAME.get(part, part) for part in name.split(".")]
    inner = [place for place, part in enumerate(parts) if part in _INSIDE_OTHERS]
    return ".".join(parts[inner[-1] :] if inner else parts)


def _union(found: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*found)


def _bindings(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Return each name with each expression that it is given."""
    for node in ast.walk(tree):
        binder = _BINDERS.get(type(node))
        if binder is not None:
            yield from binder(node)


def _assigned(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    for target in node.targets:
        yield from _bound(target, node.value)


def _annotated(
    node: ast.AnnAssign | ast.AugAssign | ast.NamedExpr,
) -> Iterator[tuple[str, ast.expr]]:
    if node.value:
        yield from _bound(node.target, node.value)


def _walked(node: ast.For | ast.AsyncFor | ast.comprehension) -> Iterator[tuple[str, ast.expr]]:
    yield from _bound(node.target, node.iter)


def _opened(node: ast.withitem) -> Iterator[tuple[str, ast.expr]]:
    if node.optional_vars:
        yield from _bound(node.optional_vars, node.context_expr)


def _derived(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    yield from ((node.name, known) for known in node.bases)  # a class is like its bases


def _bound(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Starred):
        yield from _bound(target.value, value)
    elif isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        if len(values) != len(target.elts):
            values = [value] * len(target.elts)
        for inner, given in zip(target.elts, values, strict=True):
            yield from _bound(inner, given)


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    plain = [*arguments.posonlyargs, *arguments.args]
    for argument, default in zip(plain[::-1], arguments.defaults[::-1], strict=False):
        yield argument.arg, default
    for argument, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if value is not None:
            yield argument.arg, value


def _surely_bound(tree: ast.Module) -> Iterator[str]:
    """Return the names that the module itself binds in any case, so that no built-in is meant."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


_READ: dict[type[ast.expr], Any] = {  # each reads the node of its key
    ast.Name: Meanings._name,
    ast.Attribute: Meanings._attribute,
    ast.Subscript: Meanings._subscript,
    ast.List: Meanings._several,
    ast.Tuple: Meanings._several,
    ast.Dict: Meanings._several,
    ast.Set: Meanings._several,
    ast.IfExp: Meanings._either,
    ast.BoolOp: Meanings._either,
    ast.NamedExpr: Meanings._inner,
    ast.Await: Meanings._inner,
    ast.Starred: Meanings._inner,
    ast.Call: Meanings._call,
}
_BINDERS: dict[type[ast.AST], Any] = {
    ast.Assign: _assigned,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _annotated,
    ast.NamedExpr: _annotated,
    ast.For: _walked,
    ast.AsyncFor: _walked,
    ast.comprehension: _walked,
    ast.withitem: _opened,
    ast.arguments: _defaults,
    ast.ClassDef: _derived,
}
