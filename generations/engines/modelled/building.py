"""Which edits does the Builder write, and do they fit the files that the plan names?"""

import re
from typing import Any

from generations import requested
from generations.engines.modelled import files, remembered
from generations.engines.modelled.asking import Ask, Conversation, Heard
from generations.engines.modelled.files import Texts
from generations.models import Reason
from generations.phases.shape import Built, Refused, Turn
from personas.edits import CannotEdit, Edited, NoEdits, NothingChanges, extracted
from personas.material import size, written
from personas.replies import changes
from personas.replies.contracts import Plan
from personas.replies.objects import NoAnswer
from personas.replies.settling import LONGEST_MISTAKE

FOR_REVISION = 0.3  # of the room
KEYS = 400  # characters of the keys and the brackets
ONCE_MORE = (
    "Answer again with all edits from the start, each SEARCH word for word as the file has it, and"
    " end with <done/>."
)
_BLOCK = re.compile(r"^<(?:edit |file |done)", re.MULTILINE)


class Unfit(Exception):
    """An answer cannot become a change; the words say why."""

    def __init__(self, kind: Reason, reason: str) -> None:
        self.kind, self.reason = kind, reason
        super().__init__(reason)


def build(turn: Turn, plan: Plan) -> Built:
    """Have the Builder write the change, at most twice; raise Refused without one that fits."""
    turn.told("asks the Builder")
    talk = Conversation.of(turn, "Builder", "build")
    texts = Texts.of(turn, plan)
    ask = talk.about(lambda room: material(turn, plan, texts, room))
    try:
        edited, mistakes = _edited(ask, texts)
    except Unfit as refusal:
        details = _details(talk, [refusal.reason])
        raise Refused(refusal.kind, f"{refusal.reason}.", details) from refusal
    details = {**_details(talk, mistakes), "repairs": list(edited.repairs)}
    return Built(edited.diff, talk.engine, details)


def material(turn: Turn, plan: Plan, texts: Texts, room: int) -> str:
    """Return what the Builder is shown as one JSON object."""
    around = {
        "plan": plan.model_dump(mode="json"),
        "house_rules": files.house_rules(turn),
        "last_failure": remembered.last_failure(turn.generation),
        **requested.shown(turn.generation, int(room * FOR_REVISION)),
    }
    shown = texts.entries(plan, room - size(around) - KEYS)
    return written({**around, "files": shown})


def read(said: Heard, texts: Texts) -> Edited:
    """Return what an answer makes of the named files; raise Unfit, or NoEdits where it is none."""
    texts.outside.clear()
    if not said.complete:
        words = f"the answer did not end by itself (stop reason {said.stop_reason})"
        raise Unfit(Reason.EDITS, words)
    try:
        edited = _placed(said.text, texts)
    except NoEdits:
        raise
    except CannotEdit as error:
        _refuse_outside(texts)
        kind = Reason.NO_CHANGE if isinstance(error, NothingChanges) else Reason.EDITS
        raise Unfit(kind, str(error)) from error
    _refuse_outside(texts)
    _refuse_marks(edited, texts)
    return edited


def _edited(ask: Ask, texts: Texts) -> tuple[Edited, list[str]]:
    """Ask once more with the reason where the first answer does not fit."""
    first = ask("")
    try:
        return read(first, texts), []
    except NoEdits as nothing:
        raise Unfit(Reason.NO_CHANGE, f"The Builder changes nothing: {nothing}") from nothing
    except Unfit as refusal:
        if first.stop_reason == "refusal":
            raise  # it was asked, it declined: asking again would be pressing it
        reason = refusal.reason[:LONGEST_MISTAKE]
    try:
        words = f"Your last answer could not be used: {' '.join(reason.split())}\n{ONCE_MORE}"
        return read(ask(words), texts), [reason]
    except NoEdits as nothing:
        raise Unfit(Reason.NO_CHANGE, f"The Builder changes nothing: {nothing}") from nothing


def _placed(answer: str, texts: Texts) -> Edited:
    """Read blocks, or the one object of changes that some write instead."""
    if _BLOCK.search(answer.replace("\r\n", "\n")):
        return extracted(answer, texts.read)
    try:
        return changes.edited(answer, texts.read)
    except NoAnswer:
        return extracted(answer, texts.read)  # which says what is missing


def _refuse_outside(texts: Texts) -> None:
    if texts.outside:
        named = ", ".join(texts.named)
        words = f"{texts.outside[0]} is not among the files of the plan ({named})"
        raise Unfit(Reason.OUTSIDE, words)


def _refuse_marks(edited: Edited, texts: Texts) -> None:
    """Refuse to write what stands for something that was taken out: it would be lost."""
    marks = {mark for one in texts.named.values() for mark in one.marks}
    new = [line for line in edited.diff.split("\n") if line[:1] == "+"]
    for mark in sorted(marks):
        if any(mark in line for line in new):
            words = f"it writes {mark} where something was taken out of what it was shown"
            raise Unfit(Reason.EDITS, words)


def _details(talk: Conversation, mistakes: list[str]) -> dict[str, Any]:
    return {
        "calls": talk.calls(),
        "prompt": f"{talk.agent.persona} {talk.agent.prompt.version}",
        "mistakes": mistakes,
    }
