"""Which proposals do the playbooks write, with no language model called?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from evaluation.answers import AUTHOR, EngineAnswer, Question, Remark
from evaluation.cases import Bar, Case
from evaluation.rules import conditions, figures, playbooks
from evaluation.rules.levers import Lever, key_for
from evaluation.rules.playbooks import Playbook, Remedy
from evaluation.rules.remedies import Measured, NoRemedy, Number, next_value
from evaluation.telling import Told, tell
from personas.material import plain
from personas.replies import MOST_BLOCKS
from proposals.documents import MalformedDocument, render
from proposals.models import Engine

Measure = Callable[[Case, datetime], Measured]


class Busy(Exception):
    """Say that the fitting setting is moved by another proposal already."""

    def __init__(self, bar: Bar) -> None:
        super().__init__(bar.reason)
        self.bar = bar


@dataclass(frozen=True)
class Draft:
    """Hold one setting to move, why, and every case that asks for it."""

    playbook: Playbook
    remedy: Remedy
    lever: Lever
    new: Number
    diff: str
    cases: tuple[Case, ...]
    measured: Measured
    asked: tuple[str, ...]  # every playbook that explains it, in their order, with what it said

    @property
    def rises(self) -> bool:
        """Tell whether the value becomes larger."""
        old = self.lever.value
        return isinstance(old, int | float) and self.new > old


@dataclass(frozen=True)
class Asking:
    """Hold what the playbooks are asked about one case."""

    case: Case
    question: Question
    measured: Measured  # without what a playbook's own patterns find in the messages


def answer(question: Question, measure: Measure = figures.of) -> EngineAnswer:
    """Write one proposal per setting that a playbook moves; the same input, the same diffs."""
    remarks: dict[int, Remark] = {}
    drafts: dict[tuple[str, str], Draft] = {}
    known = playbooks.load()
    for case in question.cases:
        try:
            draft = _draft(case, question, known, measure)
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
    place = (draft.lever.path, draft.lever.key)
    first = drafts.setdefault(place, draft)
    if first is draft:
        return
    if first.rises == draft.rises:
        drafts[place] = replace(first, cases=(*first.cases, *draft.cases))
        return
    number = draft.cases[0].pattern.pk
    told = f"{draft.playbook.name}: wants {draft.new} for pattern {number}, the other way"
    drafts[place] = replace(first, asked=(*first.asked, told))
    remarks[number] = Remark(
        reason=(
            f"{draft.playbook.name} would set {draft.lever.key} to {draft.new}, but on graver "
            f"evidence {first.playbook.name} sets it to {first.new}: a person has to look at both"
        )
    )


def _draft(case: Case, question: Question, known: Sequence[Playbook], measure: Measure) -> Draft:
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
    asking = Asking(case, question, measure(case, question.now))
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
    for remedy in playbook.change:
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


def _apply(asking: Asking, playbook: Playbook, remedy: Remedy, measured: Measured) -> Draft:
    case, question = asking.case, asking.question
    conditions.missing(remedy.evidence, measured)
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
    return Draft(playbook, remedy, lever, new, lever.moved_to(new), (case,), measured, ())


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
                text = render(tell(_told(draft, question)))
                yield f'<proposal n="{question.nonce}-{number}">\n{text}</proposal>'
            except MalformedDocument as error:
                reason = f"the proposal cannot be written: {error}"
        if reason:
            remarks |= {case.pattern.pk: Remark(reason=reason) for case in draft.cases}


def _told(draft: Draft, question: Question) -> Told:
    return Told(
        playbook=draft.playbook,
        remedy=draft.remedy,
        component=plain(draft.cases[0].pattern.component, 80),
        lever=draft.lever,
        new=draft.new,
        diff=draft.diff,
        cases=draft.cases,
        measured=draft.measured,
        asked=draft.asked,
        target=question.target.slug,
        base=question.commit,
        now=question.now,
        author=AUTHOR,
    )
