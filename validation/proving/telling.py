"""How is a person told what the tests show?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from targets.testing.ledger import OUT_OF_TIME, Told
from validation.models import Outcome
from validation.paths import shown
from validation.proving.evidence import Evidence
from validation.proving.judge import Judgement, Runs, named
from validation.proving.places import Places
from validation.verdicts import Mark, counted

MOST = 30  # marks of one kind: more than that nobody reads
SHOWN_LINES = 40
UNSHOWN = (
    "no assertion of these tests could be asked about another value, so nothing tells a success"
    " from one that the code under test brought about: read the change with that in mind"
)
TOO_SLOW = (
    "too slow to be evidence: the control run{whose} {ended}, so nobody knows which tests can"
    " fail. Raise tests.timeout_seconds of the target and validation.test_timeout_seconds, or have"
    " tests.command name fewer tests"
)
NO_END = "no evidence: the control run{whose} {ended}, so nobody knows which tests can fail"
NO_PYTHON = (
    "neither our Python nor the one that runs the tests could read it, so what it asks is proven"
    " by nobody"
)
WAIVE = "If the behaviour is meant to change, that is for a person who may waive this."


@dataclass(frozen=True)
class Answer:
    """Hold the outcome, its one sentence and its marks."""

    outcome: Outcome
    summary: str
    marks: tuple[Mark, ...]


def answer(
    judgement: Judgement,
    evidence: Evidence,
    noticed: Sequence[Mark],
    paths: Places,
) -> Answer:
    """Join what the judge found, what the change's own tests say and what its code looks for."""
    altered = evidence.altered
    marks = [
        *_found(judgement, evidence, {file.path for file in altered}, paths),
        *noticed,
        *_own(evidence, paths),
        *(
            Mark(shown(file.path), None, "decides how the tests turn out: read it", refuses=False)
            for file in altered
        ),
    ]
    refuses = judgement.refuses or any(mark.refuses for mark in marks)
    outcome = Outcome.REFUSED if refuses else Outcome.ACKNOWLEDGE if marks else Outcome.PASSED
    summary = _summary(judgement, evidence, noticed)
    return Answer(outcome, summary, tuple(marks))


def _summary(
    judgement: Judgement,
    evidence: Evidence,
    noticed: Sequence[Mark],
) -> str:
    said = _worst(judgement, evidence)
    if not said and noticed:
        said = ["The tests pass, but the change knows of them, so that shows nothing."]
    if not said:
        said = [_good(judgement, evidence)]
        if evidence.altered:
            said.append("The change alters what they depend on; it was judged by those before it.")
    if judgement.was_failing:
        many = counted(len(judgement.was_failing), "test")
        said.append(f"On the base, {many} failed already: {named(judgement.was_failing)}.")
    if judgement.flaky or judgement.unsteady:
        unsure = sorted({*judgement.flaky, *judgement.unsteady})
        said.append(f"Not counted, since they are flaky: {named(unsure)}.")
    return " ".join(said)


def _worst(judgement: Judgement, evidence: Evidence) -> list[str]:
    if judgement.trouble:
        return [_troubled(judgement, evidence.runs.base)]
    said = []
    if judgement.tampering:
        many = counted(len(judgement.tampering), "test")
        names = named(judgement.tampering)
        said.append(f"Tampering: {many} passed whatever was asserted: {names}.")
    if judgement.broke:
        many = counted(len(judgement.broke), "test")
        names = named(case.name for case in judgement.broke)
        said.append(f"This change broke {many}: {names}.")
    if judgement.vanished:
        many = counted(len(judgement.vanished), "test")
        said.append(f"With the change, {many} vanished: {named(judgement.vanished)}.")
    if not said and not judgement.passes:
        said.append("No test passes with the change, so nothing shows that it is harmless.")
    return said


def _troubled(judgement: Judgement, base: Told) -> str:
    if judgement.forged:
        return f"Tampering: {judgement.trouble}."
    if base.whole:
        return (
            f"With the change, the run of the tests {judgement.trouble}; without it, it does not."
        )
    return f"The run of the tests {judgement.trouble}; without the change, it {base.broken_off}."


def _good(judgement: Judgement, evidence: Evidence) -> str:
    """Say what passes, and how much of it is shown to tell right from wrong."""
    many = counted(len(judgement.passes), "test")
    passes = f"{many} {'passes' if len(judgement.passes) == 1 else 'pass'}"
    said = f"{passes}; shown to be able to fail: {len(judgement.proven)}."
    if not judgement.proven:
        why = "too slow to be evidence: " if judgement.uncompared.startswith(OUT_OF_TIME) else ""
        said = f"{why}{passes}, but of none could it be shown that it can fail."
    if judgement.mended:
        said += f" The change mends {named(judgement.mended)}."
    if evidence.unread:
        said += f" No control run for {named(evidence.unread)}: {NO_PYTHON}."
    if not evidence.runs.base.whole:
        said += f" Without the change, the run {evidence.runs.base.broken_off}."
    return said


def _found(
    judgement: Judgement, evidence: Evidence, altered: set[str], paths: Places
) -> list[Mark]:
    marks = []
    if judgement.trouble:
        marks.append(Mark("", None, end_of(_last(evidence.runs).output)))
    for name in _first(judgement.tampering):
        what = f"tampering: {name} passes whatever it asserts"
        marks.append(_mark(name, paths, what))
    for case in judgement.broke[:MOST]:
        where = paths.of(case.name)
        also = f"\nThe change alters this file too. {WAIVE}" if where in altered else ""
        words = f"this change broke {case.name} ({case.outcome}){also}\n{end_of(case.words)}"
        marks.append(_mark(case.name, paths, words))
    for name in _first(judgement.vanished):
        what = f"vanished: {name} passes on the base and is not run with the change"
        marks.append(_mark(name, paths, what))
    if judgement.passes and not (judgement.proven or judgement.refuses):
        what = _uncompared("", judgement.uncompared) or UNSHOWN
        marks.append(Mark("", None, what, refuses=False))
    return [*marks, *_noted(judgement, paths)]


def _uncompared(whose: str, ended: str) -> str:
    """Say that a control run came to no end of its own, if it did not."""
    words = TOO_SLOW if ended.startswith(OUT_OF_TIME) else NO_END
    return words.format(whose=whose, ended=ended) if ended else ""


def _last(runs: Runs) -> Told:
    """Return the run with the change that went wrong."""
    control = runs.head_control
    return runs.head if control is None or control.whole else control


def _mark(name: str, paths: Places, message: str, *, refuses: bool = True) -> Mark:
    return Mark(shown(paths.of(name)), None, message, refuses)


def _noted(judgement: Judgement, paths: Places) -> list[Mark]:
    told = {
        "was already failing on the base": judgement.was_failing,
        "flaky, on the base too; it counts for nothing": judgement.flaky,
        "flaky with the change, while the base passed each time": judgement.unsteady,
    }
    return [
        _mark(name, paths, f"{name}: {words}", refuses=False)
        for words, names in told.items()
        for name in _first(names)
    ]


def _own(evidence: Evidence, paths: Places) -> list[Mark]:
    """Say what the tests as the change leaves them show, in addition to those of the base."""
    own, base = evidence.own, evidence.runs.base
    if own is None:
        return []
    control = evidence.own_control
    if not own.whole:
        what = f"the run of the change's own tests: {own.forged or own.broken_off}"
        return [Mark("", None, f"{what}\n{end_of(own.output)}")]
    known = base.named("failed", "error")
    failing = sorted(own.named("failed", "error") - known - evidence.runs.head.named("failed"))
    marks = [
        _mark(name, paths, f"the change's own {name} fails\n{end_of(own.cases[name].words)}")
        for name in failing[:MOST]
    ]
    weaker = {
        "is not among the change's tests any more": base.passed - set(own.cases),
        "is skipped among the change's tests": base.passed & own.named("skipped"),
        "is expected to fail among the change's tests": base.passed & own.named("xfailed"),
        "can not fail any more among the change's tests": _emptied(evidence),
    }
    if control is not None and not control.whole:
        ended = control.forged or control.broken_off
        what = _uncompared(" of the change's own tests", ended)
        marks.append(Mark("", None, what, refuses=bool(control.forged)))
    marks += [
        _mark(name, paths, f"weaker: {name} {words}", refuses=False)
        for words, names in weaker.items()
        for name in _first(sorted(names))
    ]
    return marks


def _emptied(evidence: Evidence) -> frozenset[str]:
    before, after = evidence.runs.base_control, evidence.own_control
    if before is None or after is None or evidence.own is None or not after.whole:
        return frozenset()
    could = before.named("failed", "error") & evidence.runs.base.passed & evidence.own.passed
    return could - after.named("failed", "error")


def _first(names: Iterable[str]) -> list[str]:
    return list(names)[:MOST]


def end_of(output: str) -> str:
    """Return the last lines of an output."""
    lines = output.strip().splitlines()[-SHOWN_LINES:]
    return "\n".join(line[:300] for line in lines) or "(no output)"
