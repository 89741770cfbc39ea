"""What does a proposal's page say of the standing approvals of its target?"""

from dataclasses import dataclass
from datetime import datetime

from proposals.models import Proposal, Status
from proposals.standing import applying, asking, listing, passing, rules
from proposals.standing.records import Announcement, Held, Passage, StandingApproval
from proposals.standing.rules import Bound, Line


@dataclass(frozen=True)
class Hint:
    """Hold what is announced, kept or let through, or which bounds are missed."""

    passage: Passage | None = None
    void: str = ""  # why the approval holds no more
    told: str = ""  # what the approval said, which need not be said again
    held: Held | None = None
    announced: Announcement | None = None
    is_late: bool = False
    approval: StandingApproval | None = None  # the one that the lines are about
    lines: tuple[Line, ...] = ()

    @property
    def missed(self) -> tuple[Line, ...]:
        """Return the bounds that are missed, first those that no waiting mends."""
        return tuple(sorted(rules.missed(self.lines), key=lambda line: line.waits))

    @property
    def is_covered(self) -> bool:
        """Tell whether nothing but time is missing."""
        return not rules.refused(self.lines)


def hint(proposal: Proposal, now: datetime) -> Hint | None:
    """Say what there is to say; nothing where no standing approval concerns the target."""
    if passage := passing.of(proposal):
        open_still = proposal.status in (Status.APPROVED, Status.PR_OPEN)
        move = proposal.transitions.filter(entry_uid=passage.entry_uid).first()
        void = passing.flaw(proposal) if open_still else ""
        return Hint(passage=passage, void=void, told=move.reason if move else "")
    if proposal.status != Status.PENDING:
        return None
    if held := Held.objects.filter(proposal=proposal).select_related("by").first():
        return Hint(held=held)
    rows = Announcement.objects.filter(proposal=proposal, ended_at=None)
    if said := rows.select_related("standing").first():
        return Hint(announced=said, is_late=now >= said.due_at)
    return _missing(proposal, now)


def _missing(proposal: Proposal, now: datetime) -> Hint | None:
    """Hold it against each one in force, and tell of the one that least is missing of."""
    found = [
        (one, applying.weighed(one, proposal, now).lines)
        for one in applying.of_target(proposal.target)
    ]
    if not found:
        return None
    approval, lines = found[listing.nearest(found)]
    if not rules.refused(lines):
        lines = _with_policies(lines, asking.refusal(proposal))
    return Hint(approval=approval, lines=lines)


def _with_policies(lines: tuple[Line, ...], refused: str) -> tuple[Line, ...]:
    said = refused or "they do"
    return tuple(
        Line(one.bound, one.asks, said, not refused) if one.bound is Bound.POLICIES else one
        for one in lines
    )
