"""Does code that is no test look for its tests, so that what they show means nothing?

A filter, no boundary: what a program could know of its tests is known here by its names. New
findings count; what stood in the base is no obstacle to a change.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from validation.parsing import understood
from validation.proving import cases, places

RUNNERS = frozenset({"pytest", "_pytest", "unittest", "doctest", "nose2", "pluggy", "__main__"})
COMPARING = frozenset(
    {
        *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"),
        *("__instancecheck__", "__subclasscheck__"),
    }
)
VALUES = frozenset({"int", "str", "float", "bytes", "list", "dict", "tuple", "set", "complex"})
FRAMES = frozenset({"f_back", "f_locals", "f_globals", "f_code", "tb_frame", "gi_frame"})
# Full names, and whether to know them refuses a change or asks a person.
LOOKING = {
    "sys.modules": True,
    "sys._getframe": True,
    "sys._getframemodulename": True,
    "sys._current_frames": True,
    "sys.settrace": True,
    "sys.setprofile": True,
    "sys.addaudithook": True,
    "sys.meta_path": True,
    "sys.path_hooks": True,
    "inspect.stack": True,
    "inspect.currentframe": True,
    "inspect.getouterframes": True,
    "inspect.trace": True,
    "traceback.extract_stack": True,
    "traceback.format_stack": True,
    "traceback.walk_stack": True,
    "gc.get_objects": True,
    "gc.get_referrers": True,
    "gc.get_referents": True,
    "os._exit": True,
    "os.getppid": True,
    "os.abort": True,
    "os.kill": False,
    "os.killpg": False,
    "os.write": False,
    "os.dup2": False,
    "os.fdopen": False,
    "signal.raise_signal": True,
    "atexit.register": False,
    "builtins": False,
}
_TALKS_OF_RUNNERS = re.compile(r"\bPY_?TEST_|\b_?pytest\b|\bunittest\b", re.IGNORECASE)
_OF_THE_RUN = re.compile(r"SANDBOX_RESULTS|^/given\b|^/box\b|/proc/(self|\d+|thread-self)\b")
_DESCRIPTORS = frozenset({"os.write", "os.fdopen", "os.dup2", "open", "os.dup"})


@dataclass(frozen=True)
class Noticed:
    """Point at a line that knows of tests."""

    line: int
    message: str
    refuses: bool = True


def noticed(before: str, after: str, tests: Mapping[str, str]) -> list[Noticed]:
    """Return what a file newly knows of tests; what cannot be read is another gate's matter."""
    try:
        new, old = list(_all(after, tests)), list(_all(before, tests))
    except (SyntaxError, ValueError, RecursionError):
        return []
    known = Counter(one.message for one in old)
    found = []
    for one in new:
        if known[one.message] > 0:
            known[one.message] -= 1
        else:
            found.append(one)
    return sorted(found, key=lambda one: (one.line, one.message))


def _all(source: str, tests: Mapping[str, str]) -> Iterator[Noticed]:
    tree = understood(source)
    names = _names(tree)
    prose = _docstrings(tree)
    files = places.words_for(tests)
    for node in ast.walk(tree):
        yield from _of_imports(node, files)
        yield from _of_names(node, names)
        yield from _of_classes(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
            yield from _of_text(node, files)
    yield from (
        Noticed(line, f"treats {asked} as the tests ask for it: is it made for them?", False)
        for line, asked in cases.special(tree, tests)
    )


def _of_imports(node: ast.AST, files: frozenset[str]) -> Iterator[Noticed]:
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        return
    for module in modules:
        if module.partition(".")[0] in RUNNERS:
            yield Noticed(node.lineno, f"imports {module}, with which tests are run")
        elif module in files:
            yield Noticed(node.lineno, f"imports the tests ({module})")


def _of_names(node: ast.AST, names: Mapping[str, str]) -> Iterator[Noticed]:
    if isinstance(node, ast.Attribute) and node.attr in FRAMES:
        yield Noticed(node.lineno, f"looks at who called it ({node.attr})")
    if isinstance(node, ast.Call):
        yield from _of_descriptors(node, names)
    if not isinstance(node, ast.Attribute | ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    full = _full(node, names)
    if full in LOOKING:
        yield Noticed(node.lineno, f"uses {full}, which can tell a run of tests", LOOKING[full])


def _of_descriptors(node: ast.Call, names: Mapping[str, str]) -> Iterator[Noticed]:
    full = _full(node.func, names)
    first = node.args[0] if node.args else None
    number = first.value if isinstance(first, ast.Constant) else None
    if full in _DESCRIPTORS and isinstance(number, int) and number > 2:
        yield Noticed(node.lineno, f"writes to descriptor {number}, which it did not open")


def _of_classes(node: ast.AST) -> Iterator[Noticed]:
    if isinstance(node, ast.FunctionDef) and node.name in COMPARING and _is_blind(node):
        yield Noticed(node.lineno, f"{node.name} does not look at what it compares")
    if isinstance(node, ast.ClassDef):
        bases = {base.id for base in node.bases if isinstance(base, ast.Name)} & VALUES
        own = {one.name for one in node.body if isinstance(one, ast.FunctionDef)} & COMPARING
        if bases and own:
            what = f"{node.name} compares otherwise than {min(bases)} does"
            yield Noticed(node.lineno, what, refuses=False)
    if isinstance(node, ast.Assign):
        for target in node.targets:
            name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
            if name in COMPARING:
                yield Noticed(node.lineno, f"replaces {name}")


def _is_blind(node: ast.FunctionDef) -> bool:
    """Tell whether a comparison never uses one of the two that it compares."""
    words = [one.arg for one in node.args.args]
    used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    returns = [one for one in ast.walk(node) if isinstance(one, ast.Return)]
    constant = all(
        isinstance(one.value, ast.Constant) and one.value.value in (True, False) for one in returns
    )
    return bool(returns) and (constant or not used >= set(words[:1]))


def _of_text(node: ast.Constant, files: frozenset[str]) -> Iterator[Noticed]:
    text = str(node.value)
    if text in COMPARING:
        yield Noticed(node.lineno, f"replaces {text}")
    elif _OF_THE_RUN.search(text):
        yield Noticed(node.lineno, f"names a part of the run of tests ({text[:40]!r})")
    elif _TALKS_OF_RUNNERS.search(text) and not re.search(r"\s", text):
        yield Noticed(node.lineno, f"names a test runner ({text[:40]!r})")
    elif places.is_among(text, files):
        yield Noticed(node.lineno, f"names the tests ({text[:40]!r})")


def _names(tree: ast.Module) -> dict[str, str]:
    """Return what each imported name stands for."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                top = one.name if one.asname else one.name.partition(".")[0]
                found[one.asname or top] = top
        elif isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                found[one.asname or one.name] = f"{node.module}.{one.name}"
    return found


def _full(node: ast.AST, names: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return names.get(node.id, "builtins" if node.id == "__builtins__" else node.id)
    if isinstance(node, ast.Attribute):
        return f"{_full(node.value, names)}.{node.attr}"
    return ""


def _docstrings(tree: ast.Module) -> set[ast.AST]:
    """Return the texts that stand alone, which nothing reads."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
