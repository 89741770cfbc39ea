"""A verdict as SARIF 2.1.0 (OASIS), which code hosts and editors show beside the lines."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from validation.models import Outcome
from validation.verdicts import GateVerdict, Mark, Verdict

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_UNANSWERED = (Outcome.COULD_NOT_RUN, Outcome.NOT_RUN, Outcome.NOTHING_SHOWN)
_LEVELS = {Outcome.COULD_NOT_RUN: "error", Outcome.NOTHING_SHOWN: "note"}


def sarif(verdict: Verdict) -> dict[str, Any]:
    """Return each finding as a result, and each gate without an answer as a notification."""
    missing = [_notification(gate) for gate in verdict.gates if gate.outcome in _UNANSWERED]
    return _log(
        rules=[_rule(gate) for gate in verdict.gates],
        results=[result for gate in verdict.gates for result in _results(gate)],
        notifications=missing,
        complete=verdict.outcome != Outcome.COULD_NOT_RUN,
        properties={
            "outcome": verdict.outcome,
            "digest": verdict.digest(),
            "base": verdict.base,
            "tree": verdict.tree,
        },
    )


def unanswered(outcome: str, why: str) -> dict[str, Any]:
    """Say why no gate was asked."""
    told = [{"level": "error", "message": {"text": why}}]
    properties = {"outcome": outcome}
    return _log(rules=[], results=[], notifications=told, complete=False, properties=properties)


def _log(
    *,
    rules: list[dict[str, Any]],
    results: list[dict[str, Any]],
    notifications: list[dict[str, Any]],
    complete: bool,
    properties: dict[str, Any],
) -> dict[str, Any]:
    ended = {"executionSuccessful": complete, "toolExecutionNotifications": notifications}
    run = {
        "tool": {"driver": {"name": "selfimprove", "rules": rules}},
        "invocations": [ended],
        "results": results,
        "columnKind": "unicodeCodePoints",
        "properties": properties,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(gate: GateVerdict) -> dict[str, Any]:
    return {"id": _id(gate), "shortDescription": {"text": gate.question}}


def _results(gate: GateVerdict) -> Iterator[dict[str, Any]]:
    if gate.outcome in _UNANSWERED:
        return
    for mark in gate.findings:
        yield _result(gate, mark)
    if not gate.findings and gate.outcome != Outcome.PASSED:
        refuses = gate.outcome == Outcome.REFUSED
        yield _result(gate, Mark("", None, gate.summary, refuses=refuses))


def _result(gate: GateVerdict, mark: Mark) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": _id(gate),
        "level": "error" if mark.refuses else "warning",
        "message": {"text": mark.message or gate.summary},
    }
    if mark.path:
        found["locations"] = [{"physicalLocation": _place(mark)}]
    return found


def _place(mark: Mark) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(mark.path), "uriBaseId": "SRCROOT"}}
    if mark.line:
        place["region"] = {"startLine": mark.line}
    return place


def _notification(gate: GateVerdict) -> dict[str, Any]:
    return {
        "level": _LEVELS.get(gate.outcome, "warning"),
        "message": {"text": gate.summary or gate.outcome.label},
        "associatedRule": {"id": _id(gate)},
    }


def _id(gate: GateVerdict) -> str:
    return gate.gate.replace(" ", "-")
