"""A verdict as one JSON object of our own."""

from typing import Any

from validation.verdicts import GateVerdict, Mark, Verdict


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


def _finding(mark: Mark) -> dict[str, Any]:
    return {
        "path": mark.path,
        "line": mark.line,
        "message": mark.message,
        "refuses": mark.refuses,
    }
