"""How do texts with expressions leave a module, and come back into its tree?"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

from validation.newer.lexing import Field, Joined, Lexer, Parts

Expression = Callable[[str, int], ast.expr]
_CONVERSIONS = {"": -1, "s": 115, "r": 114, "a": 97}
_IN_QUOTES = re.compile(r'\\[\s\S]|"|\n')


def taken_out(text: str) -> tuple[str, dict[str, Joined]]:
    """Put a plain text in the place of each that holds expressions, on as many lines."""
    sign = next(one for n in count() if (one := f"\ue000{n}\ue001") not in text)
    pieces: list[str] = []
    found: dict[str, Joined] = {}
    at = 0
    lexer = Lexer(text)
    for joined in lexer.joined():
        name = f"{sign}{len(found)}\ue002"
        found[name] = joined
        more = joined.last_line - lexer.line(joined.start)
        pieces += [text[at : joined.start], f'"{name}"' + "\\\n" * more]
        at = joined.end
    return "".join([*pieces, text[at:]]), found


def put_back(tree: ast.Module, joined: Mapping[str, Joined], expression: Expression) -> None:
    """Put what was taken out into the tree; raises SyntaxError where its place is not found."""
    if not joined:
        return
    sign = next(iter(joined)).partition("\ue001")[0]
    names = re.compile(f"{sign}\ue001[0-9]+\ue002")
    left = set(joined)
    for parent, name, place, constant in list(_texts(tree)):
        if here := names.findall(str(constant.value)):
            left.difference_update(here)
            made = _made(constant, names, joined, expression)
            if place is None:
                setattr(parent, name, made)
            else:
                getattr(parent, name)[place] = made
    if left:
        raise SyntaxError("a text with expressions stands where none may")


def _texts(tree: ast.Module) -> Iterator[tuple[ast.AST, str, int | None, ast.Constant]]:
    """Yield each text of a module with where it stands: in which field of what."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            for place, item in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(item, ast.Constant) and isinstance(item.value, str):
                    yield parent, name, place if isinstance(value, list) else None, item


def _made(
    constant: ast.Constant,
    names: re.Pattern[str],
    joined: Mapping[str, Joined],
    expression: Expression,
) -> ast.JoinedStr:
    values: list[ast.expr] = []
    text, at = str(constant.value), 0
    last = constant.end_lineno or constant.lineno
    for match in names.finditer(text):
        one = joined[match[0]]
        _text(values, text[at : match.start()], constant)
        _parts(values, one.parts, one.raw, constant, expression)
        at, last = match.end(), max(last, one.last_line)
    _text(values, text[at:], constant)
    made = ast.copy_location(ast.JoinedStr(values), constant)
    made.end_lineno = last
    return made


def _parts(
    values: list[ast.expr],
    parts: Parts,
    raw: bool,
    place: ast.AST,
    expression: Expression,
) -> None:
    for text in _merged(parts):
        if isinstance(text, str):
            _text(values, text if raw else _meant(text), place)
            continue
        _text(values, text.said, place)
        spec, conversion = None, _CONVERSIONS[text.conversion]
        if text.spec is not None:
            inner: list[ast.expr] = []
            _parts(inner, text.spec, raw, place, expression)
            spec = ast.copy_location(ast.JoinedStr(inner), place)
        elif text.said and not text.conversion:
            conversion = _CONVERSIONS["r"]
        value = expression(text.source, text.line)
        values.append(ast.copy_location(ast.FormattedValue(value, conversion, spec), value))


def _merged(parts: Sequence[str | Field]) -> list[str | Field]:
    merged: list[str | Field] = []
    for part in parts:
        before = merged[-1] if merged else None
        if isinstance(part, str) and isinstance(before, str):
            merged[-1] = before + part
        else:
            merged.append(part)
    return merged


def _text(values: list[ast.expr], text: str, place: ast.AST) -> None:
    if text and values and isinstance(before := values[-1], ast.Constant):
        before.value = str(before.value) + text
    elif text:
        values.append(ast.copy_location(ast.Constant(text), place))


def _meant(text: str) -> str:
    """Undo the escapes of a text, as Python does."""

    def kept(match: re.Match[str]) -> str:
        return {'"': '\\"', "\n": "\\n"}.get(match[0], match[0])

    return str(ast.literal_eval(f'"{_IN_QUOTES.sub(kept, text)}"'))
