"""Which stretches of a diff's lines are coloured, marked, or hide something?"""

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from pygments.lexer import Lexer
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.token import STANDARD_TYPES, Text, _TokenType
from pygments.util import ClassNotFound

LONG = 500  # words of one line; above that, comparing costs more than it tells
ALIKE = 0.5  # less than this in common, and marking words would only confuse
LONGEST_LINE = 2000

Piece = tuple[str, str]  # a Pygments class without its prefix, and the text


@dataclass(frozen=True)
class Row:
    """One line of a hunk, on one side or on both."""

    sign: str
    old: int | None
    new: int | None
    pieces: tuple[Piece, ...]
    marks: tuple[tuple[int, int], ...] = ()


def visible(text: str) -> str:
    """Show what hides: direction marks, zero-width signs and other controls, by their names."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_named(character) for character in text)


def _named(character: str) -> str:
    if character == "\t" or character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return "␍" if character == "\r" else f"‹U+{ord(character):04X}›"


def visible_lines(text: str) -> str:
    """Show what hides in each line of a text."""
    return "\n".join(visible(line) for line in text.split("\n"))


def rows_of(hunk: Any, lexer: Lexer) -> list[Row]:
    """Return the coloured and marked lines of one hunk."""
    lines = [(line, visible(line.value.removesuffix("\n"))) for line in hunk]
    old = iter(_coloured([text for line, text in lines if line.line_type in " -"], lexer))
    new = iter(_coloured([text for line, text in lines if line.line_type in " +"], lexer))
    rows = []
    for line, _ in lines:
        sign = line.line_type
        pieces = next(old) if sign == "-" else next(new) if sign in " +" else ()
        if sign == " ":
            next(old)
        rows.append(Row(sign, line.source_line_no, line.target_line_no, pieces))
    return _with_words(rows)


def _coloured(lines: list[str], lexer: Lexer) -> list[tuple[Piece, ...]]:
    """Colour the lines of one side together, so that strings over several lines are seen."""
    plain: list[tuple[Piece, ...]] = [(("", line),) if line else () for line in lines]
    if isinstance(lexer, TextLexer) or any(len(line) > LONGEST_LINE for line in lines):
        return plain
    coloured: list[list[Piece]] = [[]]
    for token, value in lexer.get_tokens("\n".join(lines) + "\n"):
        for number, part in enumerate(value.split("\n")):
            if number:
                coloured.append([])
            if part:
                coloured[-1].append((_class(token), part))
    found = ["".join(text for _, text in pieces) for pieces in coloured[: len(lines)]]
    return [tuple(pieces) for pieces in coloured[: len(lines)]] if found == lines else plain


def _class(token: _TokenType) -> str:
    while token not in STANDARD_TYPES and token.parent is not None:
        token = token.parent
    return "" if token in (Text, Text.Whitespace) else STANDARD_TYPES.get(token, "")


def _with_words(rows: list[Row]) -> list[Row]:
    """Mark the words that differ where lines were replaced by others, the first by the first."""
    result = list(rows)
    start = 0
    while start < len(rows):
        removed = _run(rows, start, "-")
        added = _run(rows, start + removed, "+")
        for offset in range(min(removed, added)):
            i, j = start + offset, start + removed + offset
            result[i], result[j] = _marked(rows[i], rows[j])
        start += removed + added or 1
    return result


def _run(rows: list[Row], start: int, sign: str) -> int:
    end = start
    while end < len(rows) and rows[end].sign == sign:
        end += 1
    return end - start


def _marked(old: Row, new: Row) -> tuple[Row, Row]:
    a, b = _words(old), _words(new)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if len(a) > LONG or len(b) > LONG or matcher.ratio() < ALIKE:
        return old, new
    left, right = [], []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind != "equal":
            left.append((len("".join(a[:i1])), len("".join(a[:i2]))))
            right.append((len("".join(b[:j1])), len("".join(b[:j2]))))
    return (
        Row(old.sign, old.old, old.new, old.pieces, tuple(left)),
        Row(new.sign, new.old, new.new, new.pieces, tuple(right)),
    )


def _words(row: Row) -> list[str]:
    words: list[str] = []
    for character in "".join(text for _, text in row.pieces):
        if words and _kind(words[-1][-1]) == _kind(character) != "sign":
            words[-1] += character
        else:
            words.append(character)
    return words


def _kind(character: str) -> str:
    if character.isspace():
        return "space"
    return "word" if character.isalnum() or character == "_" else "sign"


def lexer_for(path: str) -> Lexer:
    """Choose how a file's lines are coloured, by its name."""
    try:
        found: Lexer = get_lexer_for_filename(path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        found = TextLexer()
    return found
