"""A verdict as one JSON object of our own."""

from typing import Any

from validation.models import Finding, GateResult, Outcome, Report
from validation.verdicts import GateVerdict, Mark, Verdict

EXIT = {
    Outcome.PASSED: 0,
    Outcome.REFUSED: 1,
    Outcome.COULD_NOT_RUN: 2,
    Outcome.NOT_RUN: 2,
    Outcome.NOTHING_SHOWN: 2,
    Outcome.ACKNOWLEDGE: 3,
}


def plain(verdict: Verdict, code: int) -> dict[str, Any]:
    """Return everything that a verdict holds, and the exit code that goes with it."""
    return {
        "outcome": verdict.outcome,
        "exit": code,
        "base": verdict.base,
        "tree": verdict.tree,
        "diff_digest": verdict.diff_digest,
        "policy_digest": verdict.policy_digest,
        "digest": verdict.digest(),
        "sandbox": verdict.level,
        "seconds": round(verdict.seconds, 3),
        "gates": [_gate(gate) for gate in verdict.gates],
    }


def kept(report: Report) -> dict[str, Any]:
    """Return a report that was kept in the same form."""
    results = list(report.results.prefetch_related("findings"))
    return {
        "outcome": report.outcome,
        "exit": EXIT[Outcome(report.outcome)],
        "base": report.base_commit,
        "tree": report.tree,
        "diff_digest": report.diff_digest,
        "policy_digest": report.policy_digest,
        "digest": report.digest,
        "sandbox": min((result.level for result in results if result.level), default=None),
        "seconds": round(report.seconds, 3),
        "gates": [_kept_gate(result) for result in results],
    }


def unanswered(outcome: str, code: int, why: str) -> dict[str, Any]:
    """Say why no gate was asked."""
    return {"outcome": outcome, "exit": code, "error": why, "gates": []}


def _gate(gate: GateVerdict) -> dict[str, Any]:
    return {
        "gate": gate.gate,
        "question": gate.question,
        "outcome": gate.outcome,
        "summary": gate.summary,
        "sandbox": gate.level,
        "seconds": round(gate.seconds, 3),
        "findings": [_finding(mark) for mark in gate.findings],
    }


def _kept_gate(result: GateResult) -> dict[str, Any]:
    return {
        "gate": result.gate,
        "question": result.question,
        "outcome": result.outcome,
        "summary": result.summary,
        "sandbox": result.level or None,
        "seconds": round(result.seconds, 3),
        "findings": [_finding(one) for one in result.findings.all()],
    }


def _finding(mark: Mark | Finding) -> dict[str, Any]:
    return {
        "path": mark.path,
        "line": mark.line,
        "message": mark.message,
        "refuses": mark.refuses,
    }
