"""Which arguments and settings of Python code take a check, a limit or a protection away?"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from validation.safety import Seen, reach
from validation.safety.dangers import CODE, SHELL, TEMPLATE, UNCHECKED, UNPACKS

_LIMIT = "takes a limit away: what waits may wait for ever"
_OPEN = "lets everybody reach it, or shows them what is inside"
_WRITES = "writes a file: what stood there is gone, and what stands there others may obey"
_FILLED = "a value that is no value but a part of the statement can change what it does"
_LONG = 600  # seconds of sleep
_MUCH = 10**8  # copies of something
_INJECTED = "lets a text that comes from outside become a part of a page"


@dataclass(frozen=True)
class _Word:
    rule: str
    value: bool | None
    why: str


# As an argument (`verify=False`) and as an attribute (`session.verify = False`).
_WORDS = {
    "verify": _Word("unchecked", False, UNCHECKED),
    "check_hostname": _Word("unchecked", False, UNCHECKED),
    "verify_ssl": _Word("unchecked", False, UNCHECKED),
    "ssl_verify": _Word("unchecked", False, UNCHECKED),
    "validate_certs": _Word("unchecked", False, UNCHECKED),
    "verify_signature": _Word("unchecked", False, UNCHECKED),
    "weights_only": _Word("unchecked", False, UNCHECKED),
    "safe_mode": _Word("unchecked", False, UNCHECKED),
    "ssl": _Word("unchecked", False, UNCHECKED),
    "timeout": _Word("limit", None, _LIMIT),
    "max_retries": _Word("limit", None, _LIMIT),
    "trust_remote_code": _Word("dynamic-code", True, CODE),
    "allow_pickle": _Word("deserialise", True, CODE),
    "shell": _Word("shell", True, SHELL),
    "autoescape": _Word("template", False, _INJECTED),
    "debug": _Word("open", True, _OPEN),
}
# Whatever else is called like a protection and is switched off.
_PROTECTS = re.compile(
    r"(?:^|_)(?:verify|check|validate|secure|httponly|escape|sanitiz|encrypt|sign|auth|require"
    r"|enforce|protect|csrf|ssl|tls|restrict|confirm|audit)"
)
_ADMITS = re.compile(r"(?:^|_)(?:allow|origins?|hosts?|algorithms?|permissions?|scopes?|roles?)")
_ANYTHING = ("*", "none", "None", ".*")
_PICKING = ("getattr", "setattr", "delattr", "eval", "exec", "compile", "__import__", "globals")
_LONGEST = 300  # characters of a text that may name a place
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what is looked for
_METHODS = {
    "extractall": ("unpacks", UNPACKS),
    "enable_load_extension": ("native", "lets the database load machine code"),
    "load_extension": ("native", "lets the database load machine code"),
    "from_string": ("template", TEMPLATE),
    "write_text": ("writes", _WRITES),
    "write_bytes": ("writes", _WRITES),
    "mark_safe": ("template", _INJECTED),
    "Markup": ("template", _INJECTED),
    **dict.fromkeys(
        ("symlink_to", "hardlink_to", "link_to", "unlink", "rmdir", "rmtree", "copyfile", "copy2"),
        ("writes", _WRITES),
    ),
    "_exit": ("system", "ends the process at once, whatever it was about to do"),
}


def seen(tree: ast.Module) -> Iterator[Seen]:
    """Return each place where something is switched off or opened, whoever is called."""
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        for name, value in _pairs(node):
            if isinstance(value, ast.Constant):
                yield from _said(name, value, node)
            elif isinstance(value, ast.List | ast.Tuple | ast.Set) and _ADMITS.search(name):
                yield from _admitted(name, value, node)
        if isinstance(node, ast.Call):
            yield from _called(node)
            yield from _given_on(node)
        elif isinstance(node, ast.Constant) and id(node) not in said:
            yield from _placed(node)


def _pairs(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Return what a call, an assignment or a mapping says, name by name."""
    if isinstance(node, ast.Call):
        yield from ((word.arg or "", word.value) for word in node.keywords)
    elif isinstance(node, ast.Assign):
        names = (target.attr for target in node.targets if isinstance(target, ast.Attribute))
        yield from ((name, node.value) for name in names)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value


def _said(name: str, value: ast.Constant, node: ast.AST) -> Iterator[Seen]:
    word = _WORDS.get(name)
    if word is not None and value.value is word.value:
        what = f"sets {name} to {word.value}"
        where = f"{name} {ast.unparse(node)}"
        yield Seen(word.rule, where, value.lineno, what, word.why, refuses=False)
    elif value.value is False and _PROTECTS.search(name):
        where, what = f"{name} {ast.unparse(node)}", f"sets {name} to False"
        yield Seen("unchecked", where, value.lineno, what, UNCHECKED, refuses=False)
    elif name in ("host", "bind", "address") and str(value.value) in _EVERYWHERE:
        what = f"listens on {value.value!s}"
        where = f"{name} {ast.unparse(node)}"
        yield Seen("open", where, value.lineno, what, _OPEN, refuses=False)


def _admitted(name: str, value: ast.List | ast.Tuple | ast.Set, node: ast.AST) -> Iterator[Seen]:
    for one in value.elts:
        if isinstance(one, ast.Constant) and one.value in _ANYTHING:
            what, where = f"has {name} admit {one.value}", f"{name} {ast.unparse(node)}"
            yield Seen("open", where, value.lineno, what, _OPEN, refuses=False)


def _called(node: ast.Call) -> Iterator[Seen]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    name = name or (node.func.id if isinstance(node.func, ast.Name) else "")
    if name in _METHODS:
        rule, why = _METHODS[name]
        yield Seen(rule, f"?.{name}", node.lineno, f"calls .{name}", why, refuses=False, once=True)
    elif name == "open" and _writes(node):
        yield Seen("writes", "?.open", node.lineno, "opens a file to write", _WRITES, False, True)
    elif name in ("execute", "executemany", "executescript") and node.args:
        if isinstance(node.args[0], ast.JoinedStr | ast.BinOp | ast.Call):
            where = f"execute {ast.unparse(node.args[0])}"
            what = "puts values into a statement"
            yield Seen("statement", where, node.lineno, what, _FILLED, refuses=False)
    elif name == "sleep" and node.args and _number(node.args[0]) >= _LONG:
        yield Seen("limit", ast.unparse(node), node.lineno, "sleeps long", _LIMIT, refuses=False)


def _placed(node: ast.Constant) -> Iterator[Seen]:
    text = node.value if isinstance(node.value, str) and len(node.value) < _LONGEST else ""
    for place in reach.outside(text):
        what = f"names {place}"
        yield Seen("outside", place, node.lineno, what, reach.OUTSIDE, refuses=False)


def _given_on(node: ast.Call) -> Iterator[Seen]:
    """Note what picks attributes or makes classes by values, where no reader can follow it."""
    for argument in node.args:
        if isinstance(argument, ast.Name) and argument.id in _PICKING:
            what, where = f"hands on {argument.id}", ast.unparse(node)
            yield Seen("dynamic-code", where, node.lineno, what, CODE, refuses=False)
    if isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) == 3:
        what, where = "makes a class of values", ast.unparse(node)
        yield Seen("dynamic-code", where, node.lineno, what, CODE, refuses=False)


def _writes(node: ast.Call) -> bool:
    given = [word.value for word in node.keywords if word.arg == "mode"]
    place = 1 if isinstance(node.func, ast.Name) else 0  # path.open(mode)
    given = given or node.args[place : place + 1]
    mode = given[0].value if given and isinstance(given[0], ast.Constant) else None
    return isinstance(mode, str) and bool(set(mode) & set("wax+")) and set(mode) <= set("wax+rbt")


def _number(node: ast.expr) -> float:
    plain = isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    return float(node.value) if plain else 0.0  # type: ignore[attr-defined]
