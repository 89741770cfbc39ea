"""What became of each pattern that was asked about?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluation.answers import EngineAnswer, Taken
from evaluation.cases import Case
from evaluation.models import Became
from proposals.models import Proposal


@dataclass(frozen=True)
class Found:
    """Hold what became of one pattern."""

    pattern: int
    outcome: Became
    reason: str
    proposal: Proposal | None = None


def matched(eligible: Sequence[Case], answer: EngineAnswer, taken: Taken) -> list[Found]:
    """Say for each pattern that was asked about what became of it."""
    found = []
    for case in eligible:
        number = case.pattern.pk
        remark = answer.remarks.get(number)
        if number in taken.proposed:
            proposal = taken.proposed[number]
            found.append(Found(number, Became.PROPOSED, proposal.title, proposal))
        elif number in taken.duplicates:
            bar = taken.duplicates[number]
            found.append(Found(number, Became.DUPLICATE, bar.reason, bar.proposal))
        elif number in taken.refused:
            found.append(Found(number, Became.MALFORMED, taken.refused[number]))
        elif remark and remark.bar:
            found.append(Found(number, Became.DUPLICATE, remark.reason, remark.bar.proposal))
        elif remark:
            found.append(Found(number, Became.NO_REMEDY, remark.reason))
        else:
            found.append(Found(number, Became.UNANSWERED, taken.silence))
    return found


def all_of(eligible: Iterable[Case], outcome: Became, reason: str) -> list[Found]:
    """Say the same of every pattern."""
    return [Found(case.pattern.pk, outcome, reason) for case in eligible]
