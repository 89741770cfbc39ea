"""How is a verdict kept?"""

from datetime import datetime

from django.db import transaction

from targets.models import Target
from validation.authorising import tally
from validation.models import Finding, GateResult, Report, Waiver
from validation.verdicts import GateVerdict, Mark, Verdict

MOST_FINDINGS = 200  # of one gate; more than that nobody reads
LONGEST = 2_000


def save(verdict: Verdict, target: Target | None, at: datetime) -> Report:
    """Store every answer, bound to the change by its digests."""
    with transaction.atomic():
        report = Report.objects.create(
            target=target,
            base_commit=verdict.base,
            tree=verdict.tree,
            diff_digest=verdict.diff_digest,
            policy_digest=verdict.policy_digest,
            digest=verdict.digest(),
            outcome=verdict.outcome,
            made_at=at,
            seconds=verdict.seconds,
            stopped_by=verdict.stopped_by,
            void=_ended_meanwhile(verdict),
            relies_until=min(_ends(verdict), default=None),
        )
        for position, gate in enumerate(verdict.gates):
            _save_gate(report, position, gate)
            if gate.decision:
                tally.keep(gate.decision, target=target, at=at)
    return report


def _save_gate(report: Report, position: int, gate: GateVerdict) -> None:
    result = GateResult.objects.create(
        report=report,
        position=position,
        gate=gate.gate,
        question=gate.question,
        outcome=gate.outcome,
        summary=_storable(gate.summary),
        level=gate.level or "",
        seconds=gate.seconds,
        found_at=gate.found_at,
    )
    Finding.objects.bulk_create(
        Finding(
            result=result,
            path=_storable(mark.path)[:500],
            line=mark.line,
            message=_storable(mark.message),
            refuses=mark.refuses,
            bound=mark.bound,
            waiver_id=mark.waived.waiver if mark.waived else None,
        )
        for mark in sorted(gate.findings, key=_weight)[:MOST_FINDINGS]
    )


def _weight(mark: Mark) -> int:
    """Keep what refuses, then what is let pass, before what is only noted."""
    return 0 if mark.refuses else 1 if mark.waived else 2


def _ended_meanwhile(verdict: Verdict) -> str:
    """Say that a waiver was withdrawn while the gates were asked; its rows are locked to know."""
    used = [mark.waived.waiver for gate in verdict.gates for mark in gate.findings if mark.waived]
    rows = list(Waiver.objects.select_for_update().filter(pk__in=used)) if used else []
    gone = any(row.withdrawn_at is not None for row in rows)
    return "A waiver that it relies on was withdrawn while it was checked." if gone else ""


def _ends(verdict: Verdict) -> list[datetime]:
    marks = [mark for gate in verdict.gates for mark in gate.findings]
    return [mark.waived.until for mark in marks if mark.waived]


def _storable(text: str) -> str:
    """Cut, and replace what no database takes."""
    clean = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    return clean if len(clean) <= LONGEST else f"{clean[: LONGEST - 1]}…"
