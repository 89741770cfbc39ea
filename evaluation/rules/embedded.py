"""Which proposals do the playbooks write, with no language model called?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from evaluation.answers import EngineAnswer, Question, Remark
from evaluation.cases import Bar, Case
from evaluation.rules import conditions, figures, playbooks
from evaluation.rules.drafts import ByFixer, Draft, Moved
from evaluation.rules.entries import Mend, Remedy
from evaluation.rules.levers import key_for
from evaluation.rules.mending import Workshop
from evaluation.rules.playbooks import Playbook
from evaluation.rules.remedies import Measured, NoRemedy, next_value
from evaluation.telling import tell
from personas.replies import MOST_BLOCKS
from proposals.documents import MalformedDocument, render
from proposals.models import Engine

Measure = Callable[[Case, datetime], Measured]


class Busy(Exception):
    """Say that another proposal makes the fitting change already."""

    def __init__(self, bar: Bar) -> None:
        super().__init__(bar.reason)
        self.bar = bar


@dataclass(frozen=True)
class Asking:
    """Hold what the playbooks are asked about one case."""

    case: Case
    workshop: Workshop
    measured: Measured  # without what a playbook's own patterns find in the messages

    @property
    def question(self) -> Question:
        """Return what every case is asked with."""
        return self.workshop.question


def answer(question: Question, measure: Measure = figures.of) -> EngineAnswer:
    """Write one proposal per change that a playbook makes; the same input, the same diffs."""
    remarks: dict[int, Remark] = {}
    drafts: dict[tuple[str, str], Draft] = {}
    known = playbooks.load()
    workshop = Workshop(question)
    for case in question.cases:
        try:
            draft = _draft(case, workshop, known, measure)
        except Busy as busy:
            remarks[case.pattern.pk] = Remark(reason=str(busy), bar=busy.bar)
        except NoRemedy as refusal:
            remarks[case.pattern.pk] = Remark(reason=str(refusal))
        else:
            _join(drafts, draft, remarks)
    blocks = list(_blocks(list(drafts.values()), question, remarks))
    return EngineAnswer(
        text="\n".join([*blocks, "<done/>\n"]), engine=Engine.EMBEDDED, remarks=remarks
    )


def _join(drafts: dict[tuple[str, str], Draft], draft: Draft, remarks: dict[int, Remark]) -> None:
    """Let the gravest case choose the value; further cases with the same remedy join it.

    One that would move the value the other way is told to the person who decides, on both sides.
    """
    place = draft.change.place
    first = drafts.setdefault(place, draft)
    if first is draft:
        return
    if first.change.way == draft.change.way:
        drafts[place] = replace(first, cases=(*first.cases, *draft.cases))
        return
    number = draft.cases[0].pattern.pk
    told = f"{draft.playbook.name}: wants {draft.change.short} for pattern {number}, the other way"
    drafts[place] = replace(first, asked=(*first.asked, told))
    remarks[number] = Remark(
        reason=(
            f"{draft.playbook.name} would set {draft.change.parameter} to {draft.change.short}, "
            f"but on graver evidence {first.playbook.name} sets it to {first.change.short}: "
            "a person has to look at both"
        )
    )


def _draft(case: Case, workshop: Workshop, known: Sequence[Playbook], measure: Measure) -> Draft:
    """Choose the first remedy that applies; raise NoRemedy with what spoke against each."""
    pattern = case.pattern
    fitting = playbooks.explaining(
        known,
        event_type=pattern.event_type,
        error_code=pattern.error_code,
        template=pattern.template,
    )
    if not fitting:
        raise NoRemedy("no playbook explains this pattern")
    asking = Asking(case, workshop, measure(case, workshop.question.now))
    refusals: list[str] = []
    for number, playbook in enumerate(fitting, start=1):
        draft = _first(asking, playbook, refusals)
        if draft:
            rest = [f"{other.name}: not asked" for other in fitting[number:]]
            return replace(draft, asked=(*refusals, f"{playbook.name}: proposes this", *rest))
    raise NoRemedy("; ".join(refusals))


def _first(asking: Asking, playbook: Playbook, refusals: list[str]) -> Draft | None:
    """Return what the first applying remedy of a playbook does; add what speaks against others."""
    try:
        measured = _evidence(asking, playbook)
    except NoRemedy as refusal:
        refusals.append(f"{playbook.name}: {refusal}")
        return None
    kind = asking.case.pattern.event_type
    for remedy in playbook.remedies:
        if remedy.event_types and kind not in remedy.event_types:
            continue
        try:
            return _apply(asking, playbook, remedy, measured)
        except NoRemedy as refusal:
            refusals.append(f"{playbook.name}: {refusal}")
    return None


def _evidence(asking: Asking, playbook: Playbook) -> Measured:
    """Measure what the playbook looks at; raise NoRemedy where its evidence is missing."""
    if asking.case.count < playbook.minimum:
        raise NoRemedy(f"{asking.case.count} occurrences, {playbook.minimum} are needed")
    measured = figures.stated(asking.measured, playbook.match.says, asking.case.samples)
    conditions.missing(playbook.evidence, measured)
    return measured


def _apply(asking: Asking, playbook: Playbook, remedy: Remedy | Mend, measured: Measured) -> Draft:
    conditions.missing(remedy.evidence, measured)
    if isinstance(remedy, Mend):
        return Draft(playbook, _mended(asking, remedy), (asking.case,), measured, ())
    return Draft(playbook, _moved(asking, remedy, measured), (asking.case,), measured, ())


def _mended(asking: Asking, mend: Mend) -> ByFixer:
    mended = asking.workshop.mended(asking.case, mend)
    if bar := asking.workshop.bar(mended):
        raise Busy(bar)
    return ByFixer(mended)


def _moved(asking: Asking, remedy: Remedy, measured: Measured) -> Moved:
    case, question = asking.case, asking.question
    component, agents = case.pattern.component, case.agents
    if remedy.needs:
        _refuse_idle(question, key_for(remedy.needs, component, agents))
    lever = question.levers.at(key_for(remedy.key, component, agents))
    if lever.key in question.taken:
        raise Busy(question.taken[lever.key])
    try:
        new = next_value(remedy.rule, measured, lever.value, lever.parameter)
    except NoRemedy as refusal:
        raise NoRemedy(f"{lever.key} stays at {lever.value}: {refusal}") from refusal
    return Moved(remedy, lever, new, lever.moved_to(new))


def _refuse_idle(question: Question, key: str) -> None:
    value = question.levers.at(key).value
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise NoRemedy(f"{key} is {value}: the change would have no effect")


def _blocks(
    drafts: Sequence[Draft], question: Question, remarks: dict[int, Remark]
) -> Iterator[str]:
    """Write each draft between its tags; what cannot be written becomes a remark."""
    for number, draft in enumerate(drafts, start=1):
        reason = ""
        if number > MOST_BLOCKS:
            reason = f"one evaluation writes at most {MOST_BLOCKS} proposals; this one waits"
        else:
            try:
                text = render(tell(draft.told(question)))
                yield f'<proposal n="{question.nonce}-{number}">\n{text}</proposal>'
            except MalformedDocument as error:
                reason = f"the proposal cannot be written: {error}"
        if reason:
            remarks |= {case.pattern.pk: Remark(reason=reason) for case in draft.cases}
