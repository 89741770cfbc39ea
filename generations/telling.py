"""How does the work of a generation read as a proposal?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmarks.measured import number
from benchmarks.verdicts import Verdict
from generations.models import Delta, Generation, Result
from generations.phases import cited, naming
from personas.replies.contracts import Plan, Review
from proposals.documents import Document
from proposals.intake import CHECKLIST
from proposals.models import Engine, Kind
from telemetry.models import Severity
from telemetry.sanitizer import sanitize
from validation.gates import witness
from validation.models import GateResult, Outcome, Report

LONGEST, LONGEST_TITLE, MOST = 2_000, 150, 10

# What would end a code span or a table cell, in look-alikes that end nothing.
HARMLESS = str.maketrans({"`": "'", "|": "/"})


@dataclass(frozen=True)
class Told:
    """Hold everything that the words are made of."""

    generation: Generation
    plan: Plan
    review: Review
    report: Report
    deltas: Sequence[Delta]
    label: str  # how sure it is that something got better
    at: datetime


def tell(told: Told) -> Document:
    """Write a complete proposal."""
    generation, plan = told.generation, told.plan
    pattern = cited.pattern_of(generation)
    events = [event.uid for event in cited.events_of(pattern)] if pattern else []
    kind = _kind(told, bool(pattern))
    return Document(
        id=naming.identity(generation),
        title=_title(told) or f"Generation {generation.number}",
        kind=kind,
        severity=pattern.severity if pattern else _severity(kind),
        risk_level=plan.risk,
        target=generation.target.slug,
        engine=generation.written_by,
        author=naming.AUTHOR,
        base=generation.base_commit,
        created=told.at.replace(microsecond=0),
        patterns=(pattern.pk,) if pattern else (),
        events=tuple(events),
        problem=plain(generation.focus_words) or "The plan names none.",
        evidence=_evidence(told),
        root_cause=paragraphs(plan.rationale),
        solution=_listed(plan.steps, "1."),
        impact=_impact(told) if kind == Kind.ENHANCEMENT else "",
        diff=generation.diff,
        risk=_risk(told),
        rollback=(
            "Revert the commit that brings the change in: it touches no file beyond those in the"
            " diff, and nothing outside the repository."
        ),
        repairs=_repairs(generation),
        checklist=f"{CHECKLIST}\n- [ ] No benchmark is worse on the branch than it was here",
    )


def _title(told: Told) -> str:
    """Name the change as its engine did once it was written, else as it was planned."""
    title = str(_built(told.generation).get("title") or told.plan.title)
    return plain(title, LONGEST_TITLE)


def _repairs(generation: Generation) -> str:
    """Say what was overlooked where the edits did not fit letter by letter."""
    found = _built(generation).get("repairs") or ()
    return plain("; ".join(map(str, found)))


def _built(generation: Generation) -> Mapping[str, Any]:
    built = generation.runs.filter(phase="build", result=Result.PASSED).last()
    details: Mapping[str, Any] = built.details if built else {}
    return details


def plain(text: str, longest: int = LONGEST) -> str:
    """Make a text from outside fit for one line of markdown: no marks, no secrets, no breaks."""
    clean = sanitize(text)[0].translate(HARMLESS)
    shown = "".join(sign if sign.isprintable() else " " for sign in clean)
    line = " ".join(shown.split()).lstrip("#~> ")  # a heading or a fence would be read as ours
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def paragraphs(text: str) -> str:
    """Keep the paragraphs of a text from outside, each in one line."""
    parts = (plain(part) for part in sanitize(text)[0].split("\n\n"))
    return "\n\n".join(part for part in parts if part) or "The plan does not say."


def _kind(told: Told, of_pattern: bool) -> str:
    """Call it a bug fix where something failed before and does not now."""
    repaired = any(
        one.benchmark == "test_pass_rate" and one.verdict == Verdict.BETTER for one in told.deltas
    )
    if of_pattern or repaired or _gate(told.report, witness.NAME) == Outcome.PASSED:
        return Kind.BUGFIX
    return Kind.ENHANCEMENT


def _severity(kind: str) -> str:
    return Severity.MEDIUM if kind == Kind.BUGFIX else Severity.LOW


def _gate(report: Report, name: str) -> str:
    found = report.results.filter(gate=name).first()
    return found.outcome if found else ""


def _evidence(told: Told) -> str:
    """Show the benchmarks, the gates and the review, each as it answered."""
    generation = told.generation
    simulated = generation.written_by == Engine.SCRIPTED
    parts = [
        f"Generation {generation.number} of this target: {told.label}."
        f" Weighted gain beyond noise: {generation.gain or 0.0:+.4f}.",
        *(["The change was written by a script: it proves no engine."] if simulated else []),
        _table(told.deltas),
        *_turned(told.deltas),
        _gates(told.report.results.all()),
        _reviewed(told.review),
    ]
    return "\n\n".join(part for part in parts if part)


def _table(deltas: Sequence[Delta]) -> str:
    if not deltas:
        return "No benchmark is enabled for this target."
    rows = [
        "| Benchmark | Was | Is | Verdict |",
        "|---|---|---|---|",
        *(_row(one) for one in deltas),
    ]
    said = [f"- {one.benchmark}: {plain(one.words, 200)}" for one in deltas]
    return "\n".join([*rows, "", *said])  # beside the table: on a telephone it has no room


def _row(one: Delta) -> str:
    unit = one.unit if one.unit == "share" else ""  # the words beside the table name the others
    cells = [
        plain(one.benchmark).replace("_", " "),
        plain(number(one.before, unit)),
        plain(number(one.after, unit)),
        one.verdict + (", proven" if one.proven else ", kept" if one.keep else ""),
    ]
    return f"| {' | '.join(cells)} |"


def _turned(deltas: Sequence[Delta]) -> Iterable[str]:
    """Name the items that turned, as far as a person would read them."""
    for one in deltas:
        for names, what in ((one.wins, "won"), (one.losses, "lost")):
            if names:
                more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
                shown = ", ".join(f"`{plain(name, 120)}`" for name in names[:MOST])
                yield f"{one.benchmark}, {what}: {shown}{more}."


def _gates(results: Iterable[GateResult]) -> str:
    """Count those that passed, and name all others, with the one that speaks for a change."""
    found = list(results)
    passed = [one for one in found if one.outcome == Outcome.PASSED]
    lines = [
        f"- {one.gate}: {one.get_outcome_display().lower()}. {plain(one.summary, 300)}".rstrip()
        for one in found
        if one.outcome != Outcome.PASSED or one.gate == witness.NAME
    ]
    said = f"Of {len(found)} gates {len(passed)} passed."
    return f"{said} What else they said:\n\n" + "\n".join(lines) if lines else said


def _reviewed(review: Review) -> str:
    said = f"The review approved it with {review.score:.2f}."
    found = [
        f"- {one.severity}: {plain(f'{one.file}:{one.line or 0} {one.message}', 300)}"
        for one in review.findings[:MOST]
    ]
    return f"{said} It remarked:\n\n" + "\n".join(found) if found else said


def _impact(told: Told) -> str:
    better = [one for one in told.deltas if one.verdict == Verdict.BETTER]
    lines = [
        f"- {one.benchmark}: from {plain(number(one.before, one.unit))}"
        f" to {plain(number(one.after, one.unit))}"
        for one in better
    ]
    return "\n".join(lines) or "None that a benchmark counts; see what the gates said."


def _risk(told: Told) -> str:
    """Grade it, and say what a person has to look at."""
    asks = [
        f"- {one.gate} asks: {plain(finding.message, 300)}"
        for one in told.report.results.filter(outcome=Outcome.ACKNOWLEDGE)
        for finding in one.findings.all()[:MOST]
    ]
    unsure = [
        f"- {one.benchmark} is inconclusive: {plain(one.words, 200)}"
        for one in told.deltas
        if one.verdict == Verdict.INCONCLUSIVE
    ]
    left = [f"- Left out on purpose: {plain(one, 300)}" for one in told.plan.out_of_scope[:MOST]]
    lines = [*asks, *unsure, *left]
    return f"Level: {told.plan.risk}." + ("\n\n" + "\n".join(lines) if lines else "")


def _listed(texts: Sequence[str], mark: str) -> str:
    lines = [line for line in (plain(text) for text in texts) if line]
    return "\n".join(f"{mark} {line}" for line in lines) or "See the diff."
