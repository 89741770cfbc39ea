"""Where does a change leave Python code refuse less, wait longer or keep quiet?

The code before and the code after are compared function by function. All that is found is noted,
never refused: a condition may be gone for a good reason, but no reader should miss that it is.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from validation.parsing import understood
from validation.safety import Seen

_WHY = "what was refused, noticed or bounded before may pass now"
# Names of functions that decide whether somebody may, or something is right.
_DECIDES = re.compile(
    r"(?:^|_)(?:is|has|can|may|must|allow|permit|auth|check|verif|valid|ensur|requir|guard"
    r"|assert|protect|restrict|forbid|deny|refus|safe|secur|trust|polic|approv|login|access)"
)
# Those that decide who somebody is, and what that one may do.
_AUTHORISES = re.compile(
    r"(?:^|[_.])(?:is|has|can|may|must)_(?:\w*_)?(?:allow|permit|admin|owner|auth|access|approv|trust"
    r"|valid_(?:token|signature|password))|authori[sz]|authenticat|permission|(?:verify|check)_(?:\w*_)?"
    r"(?:token|signature|password|access|owner|role|user)|log_?in|sign_in|(?:^|_)acl"
)
# Names of numbers that bound something.
_BOUND = re.compile(
    r"(?:^|_)(?:max|most|limit|limits|timeout|deadline|retries|attempts|threshold|quota|budget"
    r"|largest|longest|ttl|expiry|expires|window|rate)(?:$|_)"
)
_STOPS = re.compile(r"raise_|(?:check|validate|verify|ensure|require|authori[sz]e|assert)(?:_|$)")
# Arguments by which a call is bounded, checked or allowed.
_HOLDS = re.compile(
    r"timeout|headers|auth|verif|cert|check|strict|limit|^max_|secure|permission|scope|key$|^ssl"
)
_NARROWS = re.compile(r"is not None$|^isinstance\(")  # said to a checker of types only
FURTHER = 10  # times


@dataclass
class _Part:
    """Count, for one function or for the module around them, what holds things up."""

    line: int
    decides: bool = False
    refusals: Counter[str] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)
    swallows: Counter[str] = field(default_factory=Counter)
    body: tuple[str, ...] = ()
    calls: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)  # arguments that hold something up
    endless: int = 0  # loops that nothing in them leaves
    forever: int = 0  # loops that only something in them leaves
    counted: int = 0
    always: int = 0


def seen(before: str, after: str) -> Iterator[Seen]:
    """Return what the code no longer does that held something up; a new file loses nothing."""
    try:
        old, new = understood(before), understood(after)
        parts = (_parts(old), _parts(new))
        bounds = (_bounds(old), _bounds(new))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the gates of the syntax and of the safety refuse it
    known = _everywhere(parts[0])
    if len(parts[0]) > 1 and len(parts[1]) == 1:
        many = len(parts[0]) - 1
        yield _noted("all", 1, f"every function of it is gone ({many})")
    for name, part in parts[1].items():
        if name in parts[0]:
            yield from _weaker(name, parts[0][name], part)
        yield from _blind(name, part, known)
    yield from _further(*bounds)


def _weaker(name: str, old: _Part, new: _Part) -> Iterator[Seen]:
    """Compare what one function refuses; a check that became another one is a reader's matter."""
    lost, gained = old.refusals - new.refusals, new.refusals - old.refusals
    if lost.total() > gained.total():
        yield _noted(name, new.line, f"{name} refuses less: “{min(lost)[:80]}” is gone")
    if new.forever > old.forever and new.counted < old.counted:
        yield _noted(name, new.line, f"{name} repeats without a bound where it counted before")
    for what in sorted(old.kept - new.kept):
        if new.kept[what] < old.kept[what] and not what.startswith(tuple(_gone_calls(old, new))):
            yield _noted(name, new.line, f"{name} no longer gives {what}")
    if _AUTHORISES.search(name.lower()) and new.body != old.body and not _only_stricter(old, new):
        yield _noted(name, new.line, f"{name} decides who may do something, and otherwise now")
    elif new.decides and new.always > old.always:
        yield _noted(name, new.line, f"{name} says yes in one more place without looking")
    for condition in sorted(new.conditions - old.conditions):
        yield _noted(name, new.line, f"{name} has a condition that never decides: “{condition}”")


def _gone_calls(old: _Part, new: _Part) -> list[str]:
    """Name the calls that the function makes less often: their arguments went with them."""
    return [f"{call}(" for call in old.calls if new.calls[call] < old.calls[call]]


def _only_stricter(old: _Part, new: _Part) -> bool:
    """Tell whether all that was there still is, and something more refuses."""
    return not Counter(old.body) - Counter(new.body) and bool(new.refusals - old.refusals)


def _blind(name: str, part: _Part, known: _Part) -> Iterator[Seen]:
    for what in sorted(part.swallows - known.swallows):
        yield _noted(name, part.line, f"{name} lets errors pass without a word: “{what}”")
    if part.endless > known.endless:
        yield _noted(name, part.line, f"{name} repeats without an end")


def _everywhere(parts: Mapping[str, _Part]) -> _Part:
    """Add up what the whole file let pass before: code may move within it."""
    total = _Part(0)
    for part in parts.values():
        total.swallows += part.swallows
        total.endless += part.endless
    return total


def _further(
    old: Mapping[str, tuple[float, int]], new: Mapping[str, tuple[float, int]]
) -> Iterator[Seen]:
    for name, (value, line) in new.items():
        if name in old and old[name][0] > 0 and value == 0:
            yield _noted(name, line, f"{name} goes from {old[name][0]:g} to nothing")
        elif name in old and old[name][0] > 0 and value >= FURTHER * old[name][0]:
            yield _noted(name, line, f"{name} goes from {old[name][0]:g} to {value:g}")


def _noted(name: str, line: int, what: str) -> Seen:
    return Seen("guard", f"{name}: {what}", line, what, _WHY, refuses=False)


Function = ast.FunctionDef | ast.AsyncFunctionDef


def _parts(tree: ast.Module) -> dict[str, _Part]:
    """Return what each function does by itself, and the module outside of them."""
    parts = {"the module": _Part(1)}
    waiting: list[tuple[ast.AST, str]] = [(node, "") for node in tree.body]
    while waiting:
        node, path = waiting.pop()
        if isinstance(node, Function | ast.ClassDef):
            path = f"{path}.{node.name}".lstrip(".")
            if isinstance(node, Function):
                decides = bool(_DECIDES.search(node.name.lower()))
                body = tuple(ast.unparse(node).split("\n")[1:])
                parts[path] = _Part(node.lineno, decides=decides, body=body)
        _count(node, parts.get(path) or parts["the module"])
        waiting += [(child, path) for child in ast.iter_child_nodes(node)]
    return parts


def _count(node: ast.AST, part: _Part) -> None:
    if isinstance(node, ast.Call):
        _count_call(node, part)
    if _denies(node):
        part.refusals[ast.unparse(node)] += 1
    elif isinstance(node, ast.Return) and _is(node.value, True):
        part.always += 1
    elif isinstance(node, ast.ExceptHandler) and _swallows(node):
        part.swallows[ast.unparse(node)] += 1
    elif isinstance(node, ast.For) and ast.unparse(node.iter).startswith("range("):
        part.counted += 1
    elif isinstance(node, ast.While) and _is(node.test, True):
        part.forever += 1
        part.endless += not _ends(node)
    elif isinstance(node, ast.If | ast.While | ast.IfExp) and _never_decides(node):
        part.conditions[ast.unparse(node.test)] += 1


def _count_call(node: ast.Call, part: _Part) -> None:
    called = ast.unparse(node.func)[-80:]
    part.calls[called] += 1
    for word in node.keywords:
        if word.arg and _HOLDS.search(word.arg):
            part.kept[f"{called}({word.arg}=)"] += 1


def _denies(node: ast.AST) -> bool:
    """Tell whether a statement stops or refuses: raises, asserts, says no, or calls what does."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        name = ast.unparse(node.value.func).rpartition(".")[2]
        return bool(_STOPS.match(name))
    if isinstance(node, ast.Assert):
        return not _NARROWS.search(ast.unparse(node.test))
    return isinstance(node, ast.Raise) or (isinstance(node, ast.Return) and _is(node.value, False))


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _never_decides(node: ast.If | ast.While | ast.IfExp) -> bool:
    """Recognise `x and False`, `x or True`, `if False`, `if 1`; `while True` has its own count."""
    test = node.test
    if isinstance(test, ast.Constant):
        return not isinstance(node, ast.While)
    if isinstance(test, ast.BoolOp):
        settles = isinstance(test.op, ast.Or)
        return any(
            isinstance(part, ast.Constant) and bool(part.value) is settles for part in test.values
        )
    return False


def _swallows(node: ast.ExceptHandler) -> bool:
    """Recognise a handler of any error that neither tells nor looks at it."""
    broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
    return broad and all(
        isinstance(one, ast.Pass | ast.Continue)
        or (isinstance(one, ast.Return) and (one.value is None or _quiet(one.value)))
        or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in node.body
    )


def _quiet(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or ast.unparse(node) in ("[]", "{}", "()")


def _ends(loop: ast.While) -> bool:
    """Tell whether anything in a loop can leave it."""
    leaves = ast.Break | ast.Return | ast.Raise | ast.Yield | ast.YieldFrom | ast.Await
    return any(isinstance(node, leaves) for node in ast.walk(loop))


def _bounds(tree: ast.Module) -> dict[str, tuple[float, int]]:
    """Return each number that has the name of a bound, with its line."""
    found: dict[str, tuple[float, int]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            name, value = ast.unparse(node.targets[0]), node.value
        elif isinstance(node, ast.AnnAssign) and node.value:
            name, value = ast.unparse(node.target), node.value
        elif isinstance(node, ast.keyword) and node.arg:
            name, value = node.arg, node.value
        else:
            continue
        number = _number(value)
        if number is not None and _BOUND.search(name.lower()):
            found.setdefault(name, (number, value.lineno))
    return found


def _number(node: ast.expr) -> float | None:
    """Read a number, also one that is written as a product."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _number(node.left), _number(node.right)
        return None if left is None or right is None else left * right
    if isinstance(node, ast.Constant) and node.value is None:
        return 0.0
    plain = isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    return float(node.value) if plain and not isinstance(node.value, bool) else None  # type: ignore[attr-defined]
