"""How does somebody else's text read in a question, so that it can be nothing but a text?"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from personas.addressed import without_unseen
from telemetry.sanitizer import sanitize

LONGEST = 300
SHORT = 80  # up to here a text is a name or a code, and needs no mark
MARK = "^"

# What would end a code span or a table cell, in look-alikes that end nothing.
HARMLESS = str.maketrans({"`": "'", "|": "/"})


def plain(text: str, longest: int = LONGEST) -> str:
    """Make outside text fit for one line of markdown: no breaks, no marks, no hidden signs."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    line = " ".join(shown.translate(HARMLESS).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def quoted(text: str, longest: int = LONGEST) -> str:
    """Make what a log said fit for a line of markdown, without its secrets."""
    return plain(sanitize(text)[0], longest)


def harmless(text: str, longest: int = LONGEST) -> str:
    """Write outside text on one line: without secrets, unseen signs and marks of ours."""
    return quoted(without_unseen(text), longest)


def marked(text: str, longest: int = LONGEST) -> str:
    """Write a long outside text with a mark for each blank, so that no sentence of it stands free.

    A model that is told so takes far fewer of such texts for an instruction.
    """
    line = harmless(text, longest)
    return line if len(line) <= SHORT else MARK.join(line.replace(MARK, "'").split())


def written(material: Any) -> str:
    """Write material as JSON in which no text can pass for a tag, an escape or another letter."""
    text = json.dumps(material, ensure_ascii=True, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def size(material: Any) -> int:
    """Count the characters that a part takes in a question, its separator included."""
    return len(written(material)) + 1


def fitting(
    entries: Iterable[Mapping[str, Any]], room: int
) -> tuple[list[Mapping[str, Any]], int]:
    """Return the entries that fit, in order, and how many did not."""
    kept: list[Mapping[str, Any]] = []
    dropped = 0
    for entry in entries:
        room -= size(entry)
        if dropped or room < 0:
            dropped += 1
        else:
            kept.append(entry)
    return kept, dropped
