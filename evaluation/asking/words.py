"""How does somebody else's text read in a question, so that it can be nothing but a text?"""

import json
from typing import Any

from evaluation.telling import quoted
from personas.addressed import without_unseen

LONGEST = 300
SHORT = 80  # up to here a text is a name or a code, and needs no mark
MARK = "^"


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
