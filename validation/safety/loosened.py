"""Which arguments and settings of Python code take a check, a limit or a protection away?"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from validation.safety import Seen
from validation.safety.dangers import CODE, SHELL, TEMPLATE, UNCHECKED, UNPACKS

_LIMIT = "takes a limit away: what waits may wait for ever"
_OPEN = "lets everybody reach it, or shows them what is inside"
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
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what is looked for
_METHODS = {
    "extractall": ("unpacks", UNPACKS),
    "enable_load_extension": ("native", "lets the database load machine code"),
    "load_extension": ("native", "lets the database load machine code"),
    "from_string": ("template", TEMPLATE),
}


def seen(tree: ast.Module) -> Iterator[Seen]:
    """Return each place where something is switched off or opened, whoever is called."""
    for node in ast.walk(tree):
        for name, value in _pairs(node):
            if isinstance(value, ast.Constant):
                yield from _said(name, value, node)
        if isinstance(node, ast.Call):
            yield from _called(node)


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
    elif name in ("host", "bind", "address") and str(value.value) in _EVERYWHERE:
        what = f"listens on {value.value!s}"
        where = f"{name} {ast.unparse(node)}"
        yield Seen("open", where, value.lineno, what, _OPEN, refuses=False)


def _called(node: ast.Call) -> Iterator[Seen]:
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        name = node.func.attr
        rule, why = _METHODS[name]
        yield Seen(rule, f"?.{name}", node.lineno, f"calls .{name}", why, refuses=False, once=True)
