"""Which tests does a Python file hold, what do they demand, and what do they rest on?"""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from validation.parsing import understood
from validation.strictness import assertions, decorated, lending, plain
from validation.strictness.assertions import Assertion, called
from validation.strictness.decorated import skip
from validation.strictness.reaching import blocks, guard, reached

Function = ast.FunctionDef | ast.AsyncFunctionDef
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
    gets: frozenset[str]  # of that, what parametrize gives
    derives: tuple[str, ...]  # what its class derives from
    manner: frozenset[str]  # how it is run
    names: frozenset[str]  # whatever it mentions

    @property
    def last(self) -> str:
        """Return its name without a class."""
        return self.name.rpartition(".")[2]


@dataclass
class Suite:
    """Hold what a file says about tests."""

    tests: dict[str, Test] = field(default_factory=dict)
    rests_on: dict[str, tuple[int, str]] = field(default_factory=dict)  # fixtures, constants
    skips: dict[str, int] = field(default_factory=dict)  # of the whole file
    decides: dict[str, tuple[int, str]] = field(default_factory=dict)  # hooks of the runner
    imports: dict[str, tuple[int, str]] = field(default_factory=dict)
    acts: dict[str, int] = field(default_factory=dict)  # what is done when the file is read
    helpers: dict[str, Test] = field(default_factory=dict)  # that assert by themselves
    mentions: frozenset[str] = frozenset()
    lenders: lending.Lenders = field(default_factory=dict, compare=False, repr=False)
    lines: Sequence[str] = field(default=(), compare=False, repr=False)
    read: dict[object, Test] = field(default_factory=dict, compare=False, repr=False)


def read(text: str | None, before: Suite | None = None) -> Suite:
    """Return what a file holds; what stands as it did before is not read again.

    Raise CannotBeRead.
    """
    suite = Suite(read={} if before is None else before.read)
    if text is None:
        return suite
    suite.lines = text.splitlines()
    try:
        tree = plain.plain(understood(text))
        suite.lenders, suite.mentions = lending.lenders(tree), _mentions(tree)
        _body(tree.body, suite, "", (), _Class())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CannotBeRead(f"it is no Python that can be read: {error}") from error
    return suite


@dataclass(frozen=True)
class _Class:
    skips: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    gets: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()


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
    skips, marks, cases, gets = decorated.sorted_out(node.decorator_list)
    return _Class(
        (*inside.skips, *skips),
        (*inside.marks, *marks),
        (*inside.cases, *cases),
        (*inside.gets, *gets),
        tuple(ast.unparse(base) for base in node.bases),
    )


def _function(
    node: Function, suite: Suite, prefix: str, guards: tuple[str, ...], inside: _Class
) -> None:
    name = prefix + node.name
    if node.name.startswith(_DECIDING) and not prefix:
        suite.decides[name] = (node.lineno, ast.unparse(node))
    elif node.name.startswith("test"):
        first = min((one.lineno for one in node.decorator_list), default=node.lineno) - 1
        text = "\n".join(suite.lines[first : node.end_lineno])
        key = (name, guards, inside, text)
        if key not in suite.read:
            suite.read[key] = _test(node, name, guards, inside, suite.lenders)
        suite.tests[name] = suite.read[key]
    else:
        if name in suite.lenders and not any(isinstance(n, ast.Return) for n in ast.walk(node)):
            asserting = _test(node, name, guards, inside, suite.lenders)
            suite.helpers |= {name: asserting} if asserting.demands else {}
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


def _test(
    node: Function, name: str, guards: tuple[str, ...], inside: _Class, lenders: lending.Lenders
) -> Test:
    skips, marks, cases, gets = decorated.sorted_out(node.decorator_list)
    prefix = f"{name.rpartition('.')[0]}." if "." in name else ""
    run = list(reached(node.body, ()))
    inner = [one for one, _ in run]
    return Test(
        name=name,
        line=node.lineno,
        demands=tuple(
            demand
            for one, under in run
            for demand in (
                *assertions.of_node(one, under),
                *lending.borrowed(one, under, prefix, lenders),
            )
        ),
        skips=Counter([*skips, *inside.skips, *(t for one in inner for t in skip(one))]),
        marks=frozenset((*marks, *inside.marks)),
        cases=Counter((*cases, *inside.cases)),
        steps=Counter(t for one in inner for t in _step(one)),
        values=_values(inner),
        patches=Counter(t for one in inner for t in _patched(one)),
        guards=guards,
        takes=frozenset(one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)),
        gets=frozenset((*gets, *inside.gets)),
        derives=inside.bases,
        manner=frozenset(_manner(node, inner)),
        names=_mentions(node),
    )


def _manner(node: Function, inner: Sequence[ast.AST]) -> Iterator[str]:
    if isinstance(node, ast.AsyncFunctionDef):
        yield "async"
    if any(isinstance(one, ast.Yield | ast.YieldFrom) for one in inner):
        yield "generator"


def _mentions(node: ast.AST) -> frozenset[str]:
    """Return every name that stands there, as a name, an attribute, an argument or a text."""
    found: set[str] = set()
    for one in ast.walk(node):
        found |= {
            value
            for key in ("id", "attr", "arg", "value")
            if isinstance(value := getattr(one, key, None), str) and value.isidentifier()
        }
    return frozenset(found)


def _step(node: ast.AST) -> Iterator[str]:
    """Give what a statement does besides asserting, as one line of its own."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete):
        yield ast.unparse(node)
    elif isinstance(node, ast.Expr):
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        call = value if isinstance(value, ast.Call) and called(value) != "print" else None
        if call is not None and not (_asserts(call) or [*skip(call)]):
            yield ast.unparse(node)


def _values(inner: Sequence[ast.AST]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for node in inner:
        replacing = set(_patched(node))
        for target in _targets(node):
            for one in () if replacing else ast.walk(target):
                if isinstance(one, ast.Name):
                    found[one.id] = (*found.get(one.id, ()), ast.unparse(node))
    return found


def _asserts(node: ast.Call) -> bool:
    return any(True for _ in assertions.of_node(node, ()))


def _skips_in(node: ast.stmt) -> bool:
    return any(True for one in ast.walk(node) for _ in skip(one))


def _patched(node: ast.AST) -> Iterator[str]:
    """Name what a test replaces of the world around it."""
    if isinstance(node, ast.Call) and called(node) in _PATCHES:
        yield ast.unparse(node)
    for target in getattr(node, "targets", []) if isinstance(node, ast.Assign) else []:
        if isinstance(target, ast.Attribute) and not _is_self(target.value):
            yield ast.unparse(node)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")
