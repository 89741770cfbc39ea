"""How does a report read, for a program and in a terminal?"""

from typing import Any

from evaluation.inspections.records import Finding, Inspection, Sort
from evaluation.scan.planner import PURPOSE
from personas import exchanges
from personas.models import Exchange


def shown(report: Inspection) -> dict[str, Any]:
    """Return a report as a program reads it."""
    return {
        "id": report.pk,
        "sort": report.sort,
        "target": report.target.slug,
        "trigger": report.trigger,
        "engine": report.engine,
        "since": report.since and report.since.isoformat(),
        "at": report.at.isoformat(),
        "sessions": report.sessions,
        "calls": report.calls,
        "successes": report.successes,
        "success_rate": report.success_rate,
        "findings": [_finding(one) for one in report.findings.all()],
        "findings_left_out": report.left_out,
        "not_told": report.not_told,
        "asked": exchanges.costs(asked_for(report)),
        "error": report.error,
    }


def asked_for(report: Inspection) -> list[Exchange]:
    """Return what a model was asked for it: a maintenance pass asks none."""
    if report.sort != Sort.SCAN:
        return []
    return exchanges.of_purpose(report.target, PURPOSE, report.at)


def lines(report: Inspection) -> list[str]:
    """Write a report as a person reads it."""
    findings = list(report.findings.all())
    head = (
        f"{report.target.slug}: {report.get_sort_display().lower()} {report.pk},"
        f" {report.sessions} sessions, success rate {report.rate_in_words}"
    )
    rows = [
        f"  {one.rank:>2}. [{one.priority}] {one.kind}: {one.title} ({one.count})\n"
        f"      {one.get_fate_display()}: {one.reason}"
        for one in findings
    ]
    rest = [f"  {report.left_out} more are not listed."] if report.left_out else []
    notes = [f"  {words}" for words in report.not_told]
    costs = [f"  A model was asked; cost {one.cost_said}" for one in asked_for(report)]
    error = [f"  {report.error}"] if report.error else []
    return [head, *(rows or ["  No finding: a normal result."]), *rest, *notes, *costs, *error]


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "rank": one.rank,
        "kind": one.kind,
        "priority": one.priority,
        "title": one.title,
        "detail": one.detail,
        "count": one.count,
        "sessions": one.sessions,
        "fate": one.fate,
        "reason": one.reason,
        "pattern": one.pattern_id,
        "idea": one.idea_id,
        "proposal": str(one.proposal_id) if one.proposal_id else None,
    }
