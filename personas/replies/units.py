"""Of which pieces does an answer consist: its prose, and its fenced blocks?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from personas.replies.strict import Unfit, decode

# Possessive throughout: a line of blanks must not be read again and again.
_FENCE = re.compile(
    r"^[ \t]*+(?P<fence>`{3,}+|~{3,}+)[ \t]*+(?P<tag>[\w+.#-]*+)[ \t]*+$", re.MULTILINE
)
# A fence that names another language holds code: a mapping in it is no answer.
_WORDS = {"", "json", "jsonc", "json5", "jsonl", "ndjson", "text", "txt", "plaintext", "plain"}
_WORDS |= {"markdown", "md", "output", "answer", "response", "result"}
_MARK = re.compile(r'\\.|"', re.DOTALL)
_SIGNS = re.compile(r"[{}\[\]]")
_MARKED = re.compile(r'"(?:[^"\\\n]|\\.)*+"|[{}\[\]]')
_CLOSES_A_TEXT = re.compile(r'"\s{0,20}[}\]]')


@dataclass(frozen=True)
class Unit:
    """Hold one piece of an answer, and where it ends in the whole."""

    text: str
    kind: Literal["prose", "fence", "code"]
    end: int


def units(text: str) -> Iterator[Unit]:
    """Cut a text into prose and fenced blocks, in order; a block that never closes ends it."""
    start, fence, tag = 0, "", ""
    for line in _FENCE.finditer(text):
        closes = not line["tag"] and line["fence"].startswith(fence)
        if fence and not closes and not line["tag"]:
            continue  # a shorter fence inside a longer one
        yield _unit(text[start : line.start()], fence, tag, line.start())
        start = line.end()
        fence, tag = ("", "") if fence and closes else (line["fence"], line["tag"])
    yield _unit(text[start:], fence, tag, len(text))


def ends_in_a_string(text: str) -> bool:
    """Tell whether an object that begins here and breaks off breaks off inside a string."""
    marks: list[str] = _MARK.findall(text)
    return marks.count('"') % 2 == 1


def is_a_rest(unit: Unit) -> bool:
    """Tell whether a piece looks like the end of an object that began in an earlier piece.

    Quotes inside a broken object may be unescaped, so both readings of them count.
    """
    if _is_whole(unit.text):
        return False
    if _CLOSES_A_TEXT.search(unit.text):
        return True
    signs = _SIGNS.findall(unit.text)
    between_quotes = [sign for sign in _MARKED.findall(unit.text) if len(sign) == 1]
    return _closes_more(signs) or _closes_more(between_quotes)


def _is_whole(text: str) -> bool:
    try:
        decode(text.strip())
    except Unfit:
        return False
    return True


def _closes_more(signs: Sequence[str]) -> bool:
    """Tell whether a bracket is closed that was not opened among these."""
    depth = {"{": 0, "[": 0}
    for sign in signs:
        kind = "{" if sign in "{}" else "["
        depth[kind] += 1 if sign == kind else -1
        if depth[kind] < 0:
            return True
    return False


def _unit(text: str, fence: str, tag: str, end: int) -> Unit:
    if not fence:
        return Unit(text, "prose", end)
    return Unit(text, "fence" if tag.lower() in _WORDS else "code", end)
