"""Which text does an expression always have, as far as that can be told without running it?"""

import ast
import base64
import binascii
import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MAX_TEXT = 100_000
MAX_DEPTH = 200
_NOTHING: Mapping[str, str] = {}
_WIDTHS = re.compile(r"%[-+ #0]*[\d*]|\{[^}]*[:!.\[]")


def folded(node: ast.expr, known: Mapping[str, str] = _NOTHING, depth: int = 0) -> str | None:
    """Return the text, given the texts that names are known to have; None if it cannot be told."""
    folder = _FOLDERS.get(type(node))
    if folder is None or depth > MAX_DEPTH:
        return None
    found = folder(node, known, depth + 1)
    return found if found is None or len(found) <= MAX_TEXT else None


def _constant(node: ast.Constant, _known: Mapping[str, str], _depth: int) -> str | None:
    if isinstance(node.value, bytes):
        return node.value.decode("utf-8", "replace")
    return node.value if isinstance(node.value, str) else None


def _name(node: ast.Name, known: Mapping[str, str], _depth: int) -> str | None:
    return known.get(node.id)


def _operation(node: ast.BinOp, known: Mapping[str, str], depth: int) -> str | None:
    if isinstance(node.op, ast.Add):
        return _joined([node.left, node.right], "", known, depth)
    if isinstance(node.op, ast.Mod):
        given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        return _filled(node.left, given, known, depth, lambda text, parts: text % tuple(parts))
    return None


def _formatted(
    node: ast.JoinedStr | ast.FormattedValue, known: Mapping[str, str], depth: int
) -> str | None:
    if isinstance(node, ast.FormattedValue):
        return folded(node.value, known, depth)
    return _joined(node.values, "", known, depth)


def _subscript(node: ast.Subscript, known: Mapping[str, str], depth: int) -> str | None:
    text = folded(node.value, known, depth)
    if text is None or not isinstance(node.slice, ast.Slice):
        return None
    bounds = [_number(part) for part in (node.slice.lower, node.slice.upper, node.slice.step)]
    if _UNKNOWN in bounds or bounds[2] == 0:
        return None
    lower, upper, step = (one if isinstance(one, int) else None for one in bounds)
    return text[lower:upper:step]


def _call(node: ast.Call, known: Mapping[str, str], depth: int) -> str | None:
    name = called(node)
    if name in ("chr", "bytes", "bytearray") and len(node.args) == 1:
        return _characters(node.args[0])
    if name in DECODERS and node.args:
        inner = folded(node.args[0], known, depth)
        return None if inner is None else _decoded(DECODERS[name], inner)
    if name == "str" and isinstance(node.func, ast.Name) and node.args:
        return folded(node.args[0], known, depth)
    if isinstance(node.func, ast.Attribute):
        return _method(name, node.func.value, node.args, known, depth)
    return None


def _method(
    name: str, of: ast.expr, given: Sequence[ast.expr], known: Mapping[str, str], depth: int
) -> str | None:
    if name == "decode" and isinstance(of, ast.Name) and of.id == "codecs" and given:
        return _recoded(given, known, depth)
    if name == "join" and len(given) == 1:
        between = folded(of, known, depth)
        return None if between is None else _pieces(given[0], between, known, depth)
    if name == "format":
        return _filled(of, given, known, depth, lambda text, parts: text.format(*parts))
    if name == "replace" and len(given) == 2:
        return _filled(
            of, given, known, depth, lambda text, parts: text.replace(parts[0], parts[1])
        )
    text = folded(of, known, depth)
    return _PLAIN[name](text) if name in _PLAIN and text is not None else None


def _recoded(given: Sequence[ast.expr], known: Mapping[str, str], depth: int) -> str | None:
    texts = [folded(one, known, depth) for one in given[:2]]
    if None in texts or len(texts) < 2:
        return None
    text, encoding = str(texts[0]), str(texts[1]).lower().replace("-", "_")
    if encoding in ("rot13", "rot_13"):
        return codecs.decode(text, "rot13")
    decoder = {"hex": "fromhex", "base64": "b64decode"}.get(encoding.removesuffix("_codec"))
    return _decoded(DECODERS[decoder], text) if decoder else None


def _pieces(given: ast.expr, between: str, known: Mapping[str, str], depth: int) -> str | None:
    """Fold what is joined: a list, map(chr, […]), or chr(x) for x in […]; reversed() too."""
    if isinstance(given, ast.Call) and called(given) == "map" and len(given.args) == 2:
        return _characters(given.args[1]) if ast.unparse(given.args[0]) == "chr" else None
    if isinstance(given, ast.Call) and called(given) == "reversed" and given.args:
        inner = folded(given.args[0], known, depth)
        return None if inner is None else between.join(inner[::-1])
    if isinstance(given, ast.GeneratorExp | ast.ListComp) and isinstance(given.elt, ast.Call):
        plain = called(given.elt) == "chr" and len(given.generators) == 1
        return _characters(given.generators[0].iter) if plain else None
    if isinstance(given, ast.List | ast.Tuple):
        return _joined(given.elts, between, known, depth)
    return None


def _characters(node: ast.expr) -> str | None:
    numbers = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    codes = [_number(one) for one in numbers]
    if not all(isinstance(code, int) and 0 <= code < 0x110000 for code in codes):
        return None
    return "".join(chr(code) for code in codes if isinstance(code, int))


def _joined(
    nodes: Sequence[ast.expr], between: str, known: Mapping[str, str], depth: int
) -> str | None:
    pieces = [folded(node, known, depth) for node in nodes]
    told = [piece for piece in pieces if piece is not None]
    return between.join(told) if told and len(told) == len(pieces) else None


def _filled(
    of: ast.expr,
    given: Sequence[ast.expr],
    known: Mapping[str, str],
    depth: int,
    fill: Callable[[str, Sequence[str]], str],
) -> str | None:
    pieces = [folded(node, known, depth) for node in (of, *given)]
    told = [piece for piece in pieces if piece is not None]
    if len(told) < len(pieces) or sum(map(len, told)) > MAX_TEXT:
        return None
    if _WIDTHS.search(told[0]):
        return None  # a width could make it endless
    try:
        return fill(told[0], told[1:])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None


def _decoded(decode: Callable[[str], bytes], text: str) -> str | None:
    try:
        return decode(text).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return None


def called(node: ast.Call) -> str:
    """Return the last word of what a call calls, "" when it has no name."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


_UNKNOWN = object()


def _number(node: ast.expr | None) -> object:
    if node is None:
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return -inner if isinstance(inner, int) else _UNKNOWN
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else _UNKNOWN


DECODERS: dict[str, Callable[[str], bytes]] = {
    "fromhex": bytes.fromhex,
    "unhexlify": bytes.fromhex,
    "a2b_hex": bytes.fromhex,
    "b64decode": base64.b64decode,
    "a2b_base64": base64.b64decode,
    "urlsafe_b64decode": base64.urlsafe_b64decode,
    "standard_b64decode": base64.standard_b64decode,
    "b32decode": base64.b32decode,
    "b16decode": base64.b16decode,
    "b85decode": base64.b85decode,
    "a85decode": base64.a85decode,
}
_PLAIN: dict[str, Callable[[str], str]] = {
    "decode": str,
    "encode": str,
    "lower": str.lower,
    "upper": str.upper,
    "strip": str.strip,
    "swapcase": str.swapcase,
    "casefold": str.casefold,
    "title": str.title,
}
_Folder = Callable[[Any, Mapping[str, str], int], str | None]  # each takes the node of its key
_FOLDERS: dict[type[ast.expr], _Folder] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BinOp: _operation,
    ast.JoinedStr: _formatted,
    ast.FormattedValue: _formatted,
    ast.Call: _call,
    ast.Subscript: _subscript,
}
