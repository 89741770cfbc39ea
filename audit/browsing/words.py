"""What does somebody look for in the reasons: words, "phrases", and what must -not be there?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.texts.indexing import CLEANED

MOST_TERMS = 20
_TERM = re.compile(r'(-?)"([^"]*)"?|(-?)([^\s"]+)')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Term:
    """Hold words that follow each other, and whether they must be absent."""

    words: tuple[str, ...]
    absent: bool = False


def understood(text: str) -> tuple[Term, ...]:
    """Read a question; nothing in it is ever an error, only without words."""
    terms = []
    for found in _TERM.finditer(text.replace("\x00", " ")):
        words = tuple(_WORD.findall((found[2] or found[4] or "").lower()))
        if words:
            terms.append(Term(words, absent=bool(found[1] or found[3])))
    return tuple(terms[:MOST_TERMS])


def for_sqlite(terms: Sequence[Term], marks: Mapping[str, Sequence[str]]) -> str:
    """Ask FTS5; each mark lists what its column may be."""
    wanted = ["marks : any"]
    for sign, values in marks.items():
        each = " OR ".join(f'"{sign}{value.encode().hex()}"' for value in values)
        wanted.append(f"marks : ({each})")
    wanted += [_phrase(term) for term in terms if not term.absent]
    unwanted = [_phrase(term) for term in terms if term.absent]
    return " NOT ".join([f"({' AND '.join(wanted)})", *unwanted])


def for_postgresql(
    terms: Sequence[Term], marks: Mapping[str, Sequence[str]]
) -> tuple[str, list[str]]:
    """Ask a tsvector: an expression and its values; each mark lists what its column may be."""
    present = any(not term.absent for term in terms)
    first = [_any_of(sign, given) for sign, given in marks.items()]
    if not (first or present):
        first = ["'any:'"]  # what must be absent is taken away from everything
    parts, values = (["%s::tsquery"], [" & ".join(first)]) if first else ([], [])
    cleaned = CLEANED.format("%s")
    for term in terms:
        parts.append(f"{'!!' if term.absent else ''}phraseto_tsquery('simple', {cleaned})")
        values.append(" ".join(term.words))
    return f"({' && '.join(parts)})", values


def marked(text: str, terms: Sequence[Term]) -> list[tuple[str, bool]]:
    """Cut a text into pieces, and say of each whether it is what was looked for."""
    wanted = [r"[\W_]+".join(map(re.escape, term.words)) for term in terms if not term.absent]
    if not wanted:
        return [(text, False)]
    found = re.split(rf"(?<![^\W_])({'|'.join(wanted)})(?![^\W_])", text, flags=re.IGNORECASE)
    return [(piece, bool(place % 2)) for place, piece in enumerate(found) if piece]


def _phrase(term: Term) -> str:
    return f'reason : "{" ".join(term.words)}"'


def _any_of(sign: str, values: Sequence[str]) -> str:
    each = (value.replace("\\", "\\\\").replace("'", "''") for value in values)
    return "(" + " | ".join(f"'{sign}:{value}'" for value in each) + ")"
