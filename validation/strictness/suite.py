"""Which tests does a Python file hold, what do they demand, and what do they rest on?"""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from validation.parsing import understood
from validation.strictness import assertions
from validation.strictness.assertions import Assertion, called
from validation.strictness.reaching import blocks, guard, reached

Function = ast.FunctionDef | ast.AsyncFunctionDef
_SKIPS = {
    *("skip", "skipif", "skipIf", "skipUnless", "skipTest", "SkipTest", "importorskip"),
    *("xfail", "expectedFailure", "flaky", "exit", "_exit", "abort"),
}
_PATCHES = {"setattr", "delattr", "setitem", "patch", "object", "multiple", "replace_attribute"}
_DECIDING = ("pytest_", "load_tests")
_DECIDING_NAMES = {"collect_ignore", "collect_ignore_glob", "pytest_plugins", "__test__"}


class CannotBeRead(Exception):
    """A file is no Python; the words say why."""


@dataclass(frozen=True)
class Test:
    """Hold one test: what it demands, and what keeps it from being asked."""

    name: str
    line: int
    demands: tuple[Assertion, ...]
    skips: Counter[str]
    marks: frozenset[str]
    cases: Counter[str]
    steps: Counter[str]  # what it does besides asserting
    values: dict[str, tuple[str, ...]]  # each name that it sets, and to what
    patches: Counter[str]
    guards: tuple[str, ...]
    takes: frozenset[str]
    kind: str  # what its class derives from, and how it is run


@dataclass
class Suite:
    """Hold what a file says about tests."""

    tests: dict[str, Test] = field(default_factory=dict)
    rests_on: dict[str, tuple[int, str]] = field(default_factory=dict)  # fixtures, constants
    skips: dict[str, int] = field(default_factory=dict)  # of the whole file
    decides: dict[str, tuple[int, str]] = field(default_factory=dict)  # hooks of the runner
    imports: dict[str, tuple[int, str]] = field(default_factory=dict)
    acts: dict[str, int] = field(default_factory=dict)  # what is done when the file is read


def read(text: str | None) -> Suite:
    """Return what a file holds; raise CannotBeRead."""
    suite = Suite()
    if text is None:
        return suite
    try:
        tree = understood(text)
        _body(tree.body, suite, "", (), _Class())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CannotBeRead(f"it is no Python that can be read: {error}") from error
    return suite


@dataclass(frozen=True)
class _Class:
    skips: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    bases: str = ""


def _body(
    body: Sequence[ast.stmt], suite: Suite, prefix: str, guards: tuple[str, ...], inside: _Class
) -> None:
    for node in body:
        if isinstance(node, Function):
            _function(node, suite, prefix, guards, inside)
        elif isinstance(node, ast.ClassDef):
            _body(node.body, suite, f"{prefix}{node.name}.", guards, _class(node, inside))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            _imported(node, suite)
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            more = (*guards, guard(node))
            for inner in blocks(node):
                _body(inner, suite, prefix, more, inside)
        else:
            _statement(node, suite, prefix)


def _imported(node: ast.Import | ast.ImportFrom, suite: Suite) -> None:
    place = f"{'.' * node.level}{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
    for one in node.names:
        name = one.asname or (one.name if place else one.name.partition(".")[0])
        suite.imports[name] = (node.lineno, place + (one.name if one.asname or place else name))


def _class(node: ast.ClassDef, inside: _Class) -> _Class:
    skips, marks, cases = _decorated(node.decorator_list)
    return _Class(
        (*inside.skips, *skips),
        (*inside.marks, *marks),
        (*inside.cases, *cases),
        ", ".join(ast.unparse(base) for base in node.bases),
    )


def _function(
    node: Function, suite: Suite, prefix: str, guards: tuple[str, ...], inside: _Class
) -> None:
    name = prefix + node.name
    if node.name.startswith(_DECIDING) and not prefix:
        suite.decides[name] = (node.lineno, ast.unparse(node))
    elif node.name.startswith("test"):
        suite.tests[name] = _test(node, name, guards, inside)
    else:
        suite.rests_on[name] = (node.lineno, ast.unparse(_plain(node)))


def _statement(node: ast.stmt, suite: Suite, prefix: str) -> None:
    if isinstance(node, ast.Pass) or _is_words(node):
        return
    text = ast.unparse(node)
    names = [prefix + ast.unparse(one) for one in _targets(node)]
    if not names and not _skips_in(node):
        suite.acts[text] = node.lineno
    for name in names or [text] * _skips_in(node):
        if name.rpartition(".")[2] in _DECIDING_NAMES:
            suite.decides[name] = (node.lineno, text)
        elif name.rpartition(".")[2] == "pytestmark" or _skips_in(node):
            suite.skips[text] = node.lineno
        else:
            suite.rests_on[name] = (node.lineno, text)


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []


def _is_words(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _plain(node: Function) -> Function:
    if node.body and _is_words(node.body[0]) and len(node.body) > 1:
        node.body = node.body[1:]
    return node


def _test(node: Function, name: str, guards: tuple[str, ...], inside: _Class) -> Test:
    skips, marks, cases = _decorated(node.decorator_list)
    run = list(reached(node.body, ()))
    inner = [one for one, _ in run]
    return Test(
        name=name,
        line=node.lineno,
        demands=tuple(d for one, under in run for d in assertions.of_node(one, under)),
        skips=Counter([*skips, *inside.skips, *(t for one in inner for t in _skip(one))]),
        marks=frozenset((*marks, *inside.marks)),
        cases=Counter((*cases, *inside.cases)),
        steps=Counter(t for one in inner for t in _step(one)),
        values=_values(inner),
        patches=Counter(t for one in inner for t in _patched(one)),
        guards=guards,
        takes=frozenset(one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)),
        kind=" ".join((inside.bases, *_manner(node, inner))).strip(),
    )


def _manner(node: Function, inner: Sequence[ast.AST]) -> Iterator[str]:
    if isinstance(node, ast.AsyncFunctionDef):
        yield "async"
    if any(isinstance(one, ast.Yield | ast.YieldFrom) for one in inner):
        yield "generator"


def _step(node: ast.AST) -> Iterator[str]:
    """Give what a statement does besides asserting, as one line of its own."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete):
        yield ast.unparse(node)
    elif isinstance(node, ast.Expr):
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(value, ast.Call) and not _asserts(value):
            yield ast.unparse(node)


def _values(inner: Sequence[ast.AST]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for node in inner:
        for target in _targets(node):
            for one in ast.walk(target):
                if isinstance(one, ast.Name):
                    found[one.id] = (*found.get(one.id, ()), ast.unparse(node))
    return found


def _decorated(nodes: Sequence[ast.expr]) -> tuple[list[str], list[str], list[str]]:
    """Sort decorators into what skips, other markers, and the cases of parametrize."""
    skips, marks, cases = [], [], []
    for node in nodes:
        name = ast.unparse(node.func if isinstance(node, ast.Call) else node)
        last = name.rpartition(".")[2]
        if last in _SKIPS:
            skips.append(ast.unparse(node))
        elif last == "parametrize" and isinstance(node, ast.Call):
            cases += _cases(node)
        else:
            marks.append(ast.unparse(node))
    return skips, marks, cases


def _cases(node: ast.Call) -> list[str]:
    values = node.args[1] if len(node.args) > 1 else None
    values = values or next((one.value for one in node.keywords if one.arg == "argvalues"), None)
    if isinstance(values, ast.List | ast.Tuple | ast.Set):
        return [ast.unparse(one) for one in values.elts]
    return [ast.unparse(values)] if values is not None else []


def _asserts(node: ast.Call) -> bool:
    return any(True for _ in assertions.of_node(node, ()))


def _skip(node: ast.AST) -> Iterator[str]:
    raised = node.exc if isinstance(node, ast.Raise) else None
    calls = isinstance(node, ast.Call) and called(node) in _SKIPS
    if calls or (raised is not None and "SkipTest" in ast.dump(raised)):
        yield ast.unparse(node)


def _skips_in(node: ast.stmt) -> bool:
    return any(True for one in ast.walk(node) for _ in _skip(one))


def _patched(node: ast.AST) -> Iterator[str]:
    """Name what a test replaces of the world around it."""
    if isinstance(node, ast.Call) and called(node) in _PATCHES:
        yield ast.unparse(node)
    for target in getattr(node, "targets", []) if isinstance(node, ast.Assign) else []:
        if isinstance(target, ast.Attribute) and not _is_self(target.value):
            yield ast.unparse(node)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")
