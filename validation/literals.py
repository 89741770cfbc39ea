"""Which texts does a file put together out of pieces, so that no single line shows them?"""

import ast
import base64
import binascii
import warnings
from collections.abc import Callable, Iterator

from validation import scalars

MAX_TEXT = 100_000
MAX_DEPTH = 200
_Folder = Callable[[ast.expr, int], str | None]


def texts(path: str, text: str) -> Iterator[tuple[int | None, str]]:
    """Return what Python code or a settings file spells, with the line where it begins."""
    if path.endswith((".py", ".pyi")):
        yield from _of_python(text)
    elif scalars.kind_of(path):
        yield from _of_settings(path, text)


def _of_settings(path: str, text: str) -> Iterator[tuple[int | None, str]]:
    try:
        found = scalars.leaves(path, text)
        lines = scalars.lines(path, text)
    except (scalars.Unreadable, scalars.CannotReplace):  # another gate says so
        return
    for key, value in found.items():
        if isinstance(value, str) and value not in text:
            yield lines.get(key), f"{key.rpartition('.')[2]}: {value}"


def _of_python(text: str) -> Iterator[tuple[int | None, str]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        for node in ast.walk(tree):
            for spelt, line, shown in _of_node(node):
                if spelt not in text:  # else whoever reads the lines has seen it
                    yield line, shown
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # another gate says so
        return


def _of_node(node: ast.AST) -> Iterator[tuple[str, int, str]]:
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name) and (found := _folded(node.value, 0)):
            yield found, node.lineno, f'{target.id} = "{found}"'
    elif isinstance(node, ast.expr) and (found := _folded(node, 0)):
        yield found, node.lineno, found


def _folded(node: ast.expr, depth: int) -> str | None:
    """Return the text that an expression always has, where that can be told without running it."""
    folder = _FOLDERS.get(type(node))
    if folder is None or depth > MAX_DEPTH:
        return None
    found = folder(node, depth + 1)
    return found if found is None or len(found) <= MAX_TEXT else None


def _constant(node: ast.expr, _: int) -> str | None:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None


def _sum(node: ast.expr, depth: int) -> str | None:
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)):
        return None
    return _all([node.left, node.right], "", depth)


def _formatted(node: ast.expr, depth: int) -> str | None:
    if isinstance(node, ast.FormattedValue):
        return _folded(node.value, depth)
    return _all(node.values, "", depth) if isinstance(node, ast.JoinedStr) else None


def _called(node: ast.expr, depth: int) -> str | None:
    """Fold "".join([…]), bytes.fromhex("…") and b64decode("…")."""
    if not (isinstance(node, ast.Call) and node.args):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    name = node.func.id if isinstance(node.func, ast.Name) else name
    given = node.args[0]
    if name == "join" and isinstance(node.func, ast.Attribute):
        between = _folded(node.func.value, depth)
        pieces = given.elts if isinstance(given, ast.List | ast.Tuple) else []
        return None if between is None else _all(pieces, between, depth)
    inner = _folded(given, depth) if name in _DECODERS else None
    return None if inner is None else _decoded(_DECODERS[name], inner)


def _reversed(node: ast.expr, depth: int) -> str | None:
    if not (isinstance(node, ast.Subscript) and ast.unparse(node.slice) == "::-1"):
        return None
    inner = _folded(node.value, depth)
    return None if inner is None else inner[::-1]


def _all(nodes: list[ast.expr], between: str, depth: int) -> str | None:
    pieces = [_folded(node, depth) for node in nodes]
    known = [piece for piece in pieces if piece is not None]
    return between.join(known) if known and len(known) == len(pieces) else None


def _decoded(decode: Callable[[str], bytes], text: str) -> str | None:
    try:
        return decode(text).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return None


_DECODERS: dict[str, Callable[[str], bytes]] = {
    "fromhex": bytes.fromhex,
    "unhexlify": bytes.fromhex,
    "b64decode": base64.b64decode,
    "urlsafe_b64decode": base64.urlsafe_b64decode,
}
_FOLDERS: dict[type[ast.expr], _Folder] = {
    ast.Constant: _constant,
    ast.BinOp: _sum,
    ast.JoinedStr: _formatted,
    ast.FormattedValue: _formatted,
    ast.Call: _called,
    ast.Subscript: _reversed,
}
