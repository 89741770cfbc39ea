"""What was shown of a change before anybody decides: does it cure something, can it be undone?"""

from dataclasses import dataclass

from proposals.models import Proposal, Status
from proposals.rehearsed import reading
from proposals.rehearsed.records import Rehearsal, RehearsedStep
from validation.gates import witness
from validation.models import GateResult, Outcome, Report

_TONES = {
    Outcome.PASSED: ("good", "Witnessed"),
    Outcome.REFUSED: ("bad", "Not cured"),
    Outcome.ACKNOWLEDGE: ("warn", "Cured in part"),
    Outcome.NOTHING_SHOWN: ("quiet", "No witness"),
}


@dataclass(frozen=True)
class Proof:
    """Hold the witness and the rehearsal, each as a badge with a sentence."""

    witness: GateResult | None
    witness_tone: str
    witness_label: str
    rehearsal: Rehearsal | None
    steps: tuple[RehearsedStep, ...]
    is_outdated: bool
    is_awaited: bool


def proof(proposal: Proposal) -> Proof:
    """Return what a proposal's page shows of both."""
    result = _witness(proposal.report)
    outcome = Outcome(result.outcome) if result else Outcome.NOT_RUN
    tone, label = _TONES.get(outcome, ("warn", outcome.label))
    found = reading.of(proposal)
    is_open = proposal.status == Status.PENDING
    return Proof(
        witness=result,
        witness_tone=tone,
        witness_label=label,
        rehearsal=found,
        steps=tuple(found.steps.all()) if found else (),
        is_outdated=is_open and found is not None and found.head_commit != _head(proposal),
        is_awaited=is_open and found is None and proposal.report is not None,
    )


def _witness(report: Report | None) -> GateResult | None:
    return report.results.filter(gate=witness.NAME).first() if report else None


def _head(proposal: Proposal) -> str:
    return proposal.target.head_commit
