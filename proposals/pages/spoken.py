"""What in a proposal's evidence, or in its own words, speaks to a model instead of to people?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from personas.addressed import addressed
from proposals.documents import Document
from proposals.models import Evidence

MOST = 20
# A proposal has a change, a decision and headings of its own by right.
OF_WORDS = ("order", "role", "tag", "call", "hidden")


@dataclass(frozen=True)
class Spoken:
    """Hold one such text: where it stands, what it does, and its words."""

    where: str
    what: str
    text: str


def spoken(evidence: Sequence[Evidence], document: Document) -> tuple[Spoken, ...]:
    """Return what a reviewer should know was said to a model, each text once."""
    found: dict[tuple[str, str], Spoken] = {}
    for one in (*_in_evidence(evidence), *_in_words(document)):
        found.setdefault((one.what, one.text), one)
    return tuple(found.values())[:MOST]


def _in_evidence(evidence: Iterable[Evidence]) -> Iterator[Spoken]:
    for item in evidence:
        pattern = item.pattern
        texts = [pattern.template, pattern.component, pattern.error_code]
        for text in (*texts, *map(str, item.samples), *map(str, item.agents)):
            for passage in addressed(text):
                yield Spoken(f"pattern {item.pattern_id}", passage.label, passage.text)


def _in_words(document: Document) -> Iterator[Spoken]:
    words = (document.title, document.problem, document.evidence, document.root_cause)
    for text in (*words, document.solution, document.impact, document.risk, document.rollback):
        for passage in addressed(text, kinds=OF_WORDS):
            yield Spoken("the proposal's own words", passage.label, passage.text)
