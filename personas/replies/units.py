"""Of which pieces does an answer consist: its prose, and its fenced blocks?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

# Possessive throughout: a line of blanks must not be read again and again.
_FENCE = re.compile(
    r"^[ \t]*+(?P<fence>`{3,}+|~{3,}+)[ \t]*+(?P<tag>[\w+.#-]*+)[ \t]*+$", re.MULTILINE
)
# A fence that names another language holds code: a mapping in it is no answer.
_WORDS = {"", "json", "jsonc", "json5", "jsonl", "ndjson", "text", "txt", "plaintext", "plain"}
_WORDS |= {"markdown", "md", "output", "answer", "response", "result"}
_MARK = re.compile(r'\\.|"', re.DOTALL)
_MARKED = re.compile(r'"(?:[^"\\\n]|\\.)*+"|[{}\[\]]')


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


def depths(text: str, opening: str) -> tuple[int, int]:
    """Count how deep a text ends in brackets of one kind, and the least depth on the way.

    What stands between quotes does not count.
    """
    closing = {"{": "}", "[": "]"}[opening]
    depth = least = 0
    for sign in _MARKED.findall(text):
        depth += (sign == opening) - (sign == closing)
        least = min(least, depth)
    return depth, least


def least_behind(pieces: Sequence[Unit], opening: str) -> list[int]:
    """Return for each piece the least depth that is reached in what follows it."""
    found = [0] * len(pieces)
    for number in range(len(pieces) - 1, 0, -1):
        depth, least = depths(pieces[number].text, opening)
        found[number - 1] = min(least, depth + found[number])
    return found


def _unit(text: str, fence: str, tag: str, end: int) -> Unit:
    if not fence:
        return Unit(text, "prose", end)
    return Unit(text, "fence" if tag.lower() in _WORDS else "code", end)
