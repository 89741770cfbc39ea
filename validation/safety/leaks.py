"""Where does Python code write down, or put into an address, what has the name of a secret?"""

import ast
import re
from collections.abc import Iterator

from validation.safety import Seen

_SECRET = re.compile(
    r"(?:^|_)(?:token|secret|password|passwd|passphrase|api_?key|private_?key|credentials?"
    r"|authorization|cookie|session_?key|access_?key)s?$"
)
_TOLD = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log", "print"})
_ASKED = frozenset({"get", "post", "put", "patch", "delete", "head", "request", "urlopen"})
_WRITTEN = "what is written there is read, kept and sent on by others"
_ADDRESS = "addresses are logged by every machine on the way"
_HIDDEN = ("len", "bool", "hash", "type", "redact", "mask", "sanitize", "sha256", "isinstance")


def seen(tree: ast.Module) -> Iterator[Seen]:
    """Return each call that logs, prints or asks for something with such a name in it."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = _name(node.func)
        if called in _TOLD:
            yield from _found(node, node.args, "writes down", _WRITTEN)
        elif called in _ASKED and node.args:
            yield from _found(node, node.args[:1], "puts into an address", _ADDRESS)


def _found(node: ast.Call, arguments: list[ast.expr], verb: str, why: str) -> Iterator[Seen]:
    names = {name for argument in arguments for name in _secrets(argument, whole=verb[0] == "w")}
    for name in sorted(names):
        where = f"{name} {ast.unparse(node)}"
        yield Seen("leak", where, node.lineno, f"{verb} {name}", why, refuses=False)


def _name(node: ast.expr) -> str:
    """Return the last part of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _secrets(node: ast.expr, *, whole: bool) -> Iterator[str]:
    """Return names of secrets whose value is in the expression, not merely looked at.

    An address that is nothing but a name is an address, whatever the name says.
    """
    if isinstance(node, ast.Name | ast.Attribute):
        name = _name(node)
        if whole and _SECRET.search(name.lower()):
            yield name
        return
    if isinstance(node, ast.Call) and _name(node.func) in _HIDDEN:
        return
    if isinstance(node, ast.Compare | ast.Lambda | ast.Constant):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _secrets(child, whole=True)
