"""How is an entry told: its sentence, what is wrong with it, and its place in a story?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audit import sentences, soundness
from audit.browsing import places
from audit.browsing.words import Term, marked
from audit.models import Entry
from audit.texts import checking

LONGEST = 240  # characters of a reason in a list

# From what was seen to what was learned: which events belong to which step of a story.
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Evidence", ("pattern.found", "pattern.recurred", "pattern.returned", "events.imported")),
    ("Proposal", ("evaluation.", "model.", "proposal.created", "proposal.reworded")),
    ("Check", ("proposal.checked", "proposal.refused")),
    ("Decision", ("proposal.reviewed", "proposal.approved", "proposal.rejected")),
    ("Delivery", ("delivery.started", "delivery.stage_", "delivery.deployed", "proposal.pr_")),
    ("Verdict", ("delivery.verdict", "delivery.reverted", "proposal.implemented")),
    ("Lesson", ("lesson.", "pattern.remedied")),
)


@dataclass(frozen=True)
class Step:
    """Show one step of a story: whether it came, how it went, and where it is told."""

    name: str
    count: int
    state: str  # done, now, failed or waiting
    url: str


def line(entry: Entry, terms: Sequence[Term] = ()) -> dict[str, Any]:
    """Return what a list shows of an entry."""
    flaw = _flaw(entry)
    return {
        "entry": entry,
        "sentence": flaw or sentences.sentence(entry),
        "tone": "bad" if flaw else sentences.tone(entry),
        "subject_url": places.subject_url(str(entry.subject)),
        "pieces": pieces(entry.reason, terms),
        "who": entry.names.at_length(str(entry.actor)),
        "about": entry.names.say(str(entry.subject)),
        "forgotten": entry.names.told_by(str(entry.actor)),
        "facts": {name: _named(entry, value) for name, value in entry.facts.items()},
        "texts": {name: entry.names.say(text.strip()) for name, text in entry.texts.items()},
        "erasure": erasure(entry),
        "below": entry.pk + 1,  # the key of the page that begins with it
    }


def erasure(entry: Entry) -> Entry | None:
    """Return the entry that tells of the erasure of this one's words, if they were erased."""
    found = getattr(entry, "erasure", None)
    return found.entry if found else None


def pieces(text: str, terms: Sequence[Term]) -> list[tuple[str, bool]]:
    """Cut out of a reason what a list has room for, around the first word that was looked for."""
    cut = marked(text, terms)
    before = 0
    for piece, found in cut:
        if found:
            break
        before += len(piece)
    start = max(0, before - LONGEST // 3) if before < len(text) else 0
    shown = text[start : start + LONGEST]
    shown = f"{'…' if start else ''}{shown}{'…' if start + LONGEST < len(text) else ''}"
    return marked(shown, terms)


def steps(entries: Sequence[Entry], current: Entry) -> list[Step]:
    """Draw a story from the first evidence to the lesson; nothing for one that has no steps."""
    found = []
    for name, beginnings in STEPS:
        own = [entry for entry in entries if str(entry.event).startswith(beginnings)]
        state = "done" if own else "waiting"
        if any(sentences.tone(entry) == "bad" for entry in own[-1:]):
            state = "failed"
        if current.uid in {entry.uid for entry in own}:
            state = "now"
        found.append(Step(name, len(own), state, own[0].get_absolute_url() if own else ""))
    return found if sum(step.count > 0 for step in found) > 1 else []


def _named(entry: Entry, value: Any) -> Any:
    return entry.names.say(value) if isinstance(value, str) else value


def _flaw(entry: Entry) -> str | None:
    # A row that was written past the application is not told in our words.
    if flaw := soundness.flaw(entry.body, entry.uid):
        return f"This entry was not written by the product: {flaw}"
    if flaw := checking.flaw(entry):
        return f"This entry was tampered with: {flaw}"
    return None
