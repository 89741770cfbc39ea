"""What do the gates and the fixers themselves say of the change?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generations.models import Result
from generations.phases.shape import Reviewed, Turn
from personas.fixers import judges
from personas.replies.contracts import MOST_ITEMS, Finding, Review
from targets.changes import Change
from validation.models import GateResult, Outcome, Report

# Only the first says all that a gate can say for a change; the others let it pass with less.
SCORES: Mapping[str, float] = {
    Outcome.PASSED: 1.0,
    Outcome.NOTHING_SHOWN: 1.0,
    Outcome.ACKNOWLEDGE: 0.7,
    Outcome.NOT_RUN: 0.65,  # the target has no tests: a person has to say that this is enough
    Outcome.COULD_NOT_RUN: 0.0,
    Outcome.REFUSED: 0.0,
}
REPAIRED = "It passes the tests that there are; whether it is right, nobody claims."

EXPORTED = "Whoever imports this name from here, outside of this repository, loses it."


def review(turn: Turn, change: Change, report: Report) -> Reviewed:
    """Approve what every gate lets pass and a fixer has signed for, file by file."""
    built = _built(turn)
    results = list(report.results.prefetch_related("findings"))
    must_fix = [*_refusals(results), *_unsigned(change, built)]
    findings = [*_of_gates(results), *_of_fixers(built)]
    score = min((SCORES[one.outcome] for one in results), default=0.0)
    if not results:
        must_fix.append("No gate has looked at it.")
    return Reviewed(
        review=Review(
            approved=not must_fix,
            score=0.0 if must_fix else score,
            findings=findings[:MOST_ITEMS],
            must_fix=must_fix[:MOST_ITEMS],
        ),
        details={"by": "the gates and the fixers; no language model was called"},
    )


def _built(turn: Turn) -> Mapping[str, Any]:
    last = turn.generation.runs.filter(phase="build", result=Result.PASSED).last()
    details: Mapping[str, Any] = last.details if last else {}
    return details


def _refusals(results: Sequence[GateResult]) -> Iterator[str]:
    for one in results:
        if not SCORES[one.outcome]:
            yield _clipped(f"{one.gate}: {one.summary or one.get_outcome_display()}")


def _unsigned(change: Change, built: Mapping[str, Any]) -> Iterator[str]:
    """Name the files that no fixer says it changed."""
    signed = {hunk["path"] for hunk in built.get("hunks", ())}
    for path in change.paths:
        if path not in signed:
            yield _clipped(f"{path} is changed, and no fixer has said that it did that.")


def _of_gates(results: Sequence[GateResult]) -> Iterator[Finding]:
    for result in results:
        for one in result.findings.all():
            severity = "high" if one.refuses else "medium"
            yield _finding(severity, one.path, one.line, result.gate, one.message)


def _of_fixers(built: Mapping[str, Any]) -> Iterator[Finding]:
    for hunk in built.get("hunks", ()):
        if hunk["fixer"] == "repair":
            yield _finding("medium", hunk["path"], None, hunk["rules"][0], REPAIRED)
        if "ruff:F401" in hunk["rules"] and not judges(hunk["path"]):
            yield _finding("medium", hunk["path"], None, "ruff:F401", EXPORTED)
    for one in built.get("dropped", ()):
        words = f"Left out: {one['reason']}"
        yield _finding("low", one["path"], None, one["fixer"], words)
    for note in built.get("notes", ()):
        yield _finding("low", "", None, "note", note)
    for name, why in built.get("not_run", {}).items():
        yield _finding("low", "", None, "not-run", f"{name} could not be asked: {why}")


def _finding(severity: Any, path: str, line: int | None, rule: str, message: str) -> Finding:
    return Finding(
        severity=severity,
        file=path[:300],
        line=line,
        rule=rule[:100],
        message=_clipped(message) or "no words",
    )


def _clipped(text: str) -> str:
    return text[:4000]
