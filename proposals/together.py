"""How are several proposals decided at once, each by a decision of its own?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User

from proposals import decision
from proposals.decision import FourEyes, NotChecked, StaleDigest
from proposals.lifecycle import IllegalMove, ReasonMissing
from proposals.models import Category, Proposal, Status

MOST = 50


@dataclass(frozen=True)
class Chosen:
    """One proposal that was ticked, and the words that stood in its row."""

    proposal: UUID
    document_digest: str


@dataclass(frozen=True)
class Word:
    """What a person says about all of them."""

    approve: bool
    reason: str = ""
    category: str = Category.OTHER


@dataclass(frozen=True)
class Outcome:
    """What became of one of them."""

    proposal: str
    title: str
    done: bool
    text: str


def decide(
    chosen: Sequence[Chosen], *, word: Word, reviewer: User, at: datetime
) -> tuple[Outcome, ...]:
    """Decide each proposal by itself: one that is refused says why and stops no other.

    Raises ReasonMissing before anything is decided, and PermissionDenied.
    """
    if not word.approve:
        decision.reason_for(word.reason, word.category)
    return tuple(_decide(one, word, reviewer, at) for one in chosen[:MOST])


def _decide(one: Chosen, word: Word, reviewer: User, at: datetime) -> Outcome:
    proposal = Proposal.objects.filter(pk=one.proposal).first()
    if proposal is None:
        return Outcome(str(one.proposal), "", False, "There is no such proposal.")
    try:
        moved = _say(proposal, one, word, reviewer, at)
    except (IllegalMove, StaleDigest, NotChecked, FourEyes, ReasonMissing) as refusal:
        return Outcome(str(proposal.pk), proposal.title, False, str(refusal))
    waits = moved.status == Status.PENDING
    text = "Your approval is kept; a second person has to approve it as well." if waits else ""
    return Outcome(str(moved.pk), moved.title, True, text or f"{moved.get_status_display()}.")


def _say(proposal: Proposal, one: Chosen, word: Word, reviewer: User, at: datetime) -> Proposal:
    if word.approve:
        return decision.approve(
            proposal, reviewer=reviewer, document_digest=one.document_digest, at=at
        )
    return decision.reject(
        proposal,
        reviewer=reviewer,
        reason=word.reason,
        category=word.category,
        at=at,
        document_digest=one.document_digest,
    )
