"""Who may decide about a proposal, and what exactly does the decision bind?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from audit.models import Entry
from proposals.authorising import weakening
from proposals.checks import rules_in_force
from proposals.lifecycle import IllegalMove, Move, ReasonMissing, advance, ended, held_back
from proposals.models import Category, Proposal, Review, Risk, Status
from proposals.rehearsed import reading
from telemetry.sanitizer import sanitize
from validation.models import Outcome, Report
from validation.verdicts import counted

PERMISSION = "proposals.decide_proposal"
FOUR_EYES = (Risk.HIGH, Risk.CRITICAL)


class StaleDigest(Exception):
    """The words changed after they were read; `changed` names the sections."""

    def __init__(self, changed: tuple[str, ...]) -> None:
        self.changed = changed
        what = ", ".join(changed) or "the text"
        super().__init__(f"This changed since you read it: {what}. Read it again, then decide.")


class NotChecked(Exception):
    """No valid report says that this change may pass."""


class CheckDue(NotChecked):
    """There is none yet, or it counts no more: the next one comes by itself."""


class NotAcknowledged(NotChecked):
    """The report asks a person to acknowledge its findings first."""


class WeakeningNotAccepted(NotAcknowledged):
    """Tests become less strict with the change, and nobody said yes to just that."""


class FourEyes(Exception):
    """This person may not be the one, or the second one, who approves."""


@dataclass(frozen=True)
class Verdict:
    """What a person decided, before it is written down."""

    approved: bool
    reason: str
    category: str = ""
    weaker_tests: tuple[str, ...] = ()  # what was accepted, finding by finding
    door: Mapping[str, object] = field(default_factory=dict)  # by which way in, if no page


def approve(
    proposal: Proposal,
    *,
    reviewer: User,
    document_digest: str,
    at: datetime,
    reason: str = "",
    acknowledged: bool = False,
    weakening_accepted: bool = False,
    door: Mapping[str, object] | None = None,
) -> Proposal:
    """Approve the text that was read; high and critical risk moves with the second approval.

    Raises IllegalMove, StaleDigest, NotChecked, FourEyes or PermissionDenied, and then changes
    nothing.
    """
    with transaction.atomic():
        current = _locked(proposal, reviewer, Move.APPROVE)
        refuse_stale(current, document_digest)
        ensure_possible(
            current,
            reviewer=reviewer,
            acknowledged=acknowledged,
            weakening_accepted=weakening_accepted,
            at=at,
        )
        weaker = weakening.found(current.report)
        verdict = Verdict(True, _clean(reason), weaker_tests=weaker, door=door or {})
        if current.risk in FOUR_EYES and not approvals(current):
            return _first_voice(current, reviewer, verdict, at)
        return _decide(current, Move.APPROVE, reviewer, verdict, at)


def reject(
    proposal: Proposal,
    *,
    reviewer: User,
    reason: str,
    at: datetime,
    category: str = Category.OTHER,
    document_digest: str = "",
    door: Mapping[str, object] | None = None,
) -> Proposal:
    """Turn a proposal down; the category alone is a reason, except for "other".

    Raises IllegalMove, StaleDigest, ReasonMissing or PermissionDenied, and then changes nothing.
    """
    why = reason_for(reason, category)
    verdict = Verdict(False, why, Category(category), door=door or {})
    with transaction.atomic():
        current = _locked(proposal, reviewer, Move.REJECT)
        if document_digest:
            refuse_stale(current, document_digest)
        return _decide(current, Move.REJECT, reviewer, verdict, at)


def reason_for(reason: str, category: str) -> str:
    """Return the reason that a rejection would keep; raises ReasonMissing when there is none."""
    words = _clean(reason)
    if not words and category == Category.OTHER:
        raise ReasonMissing("To reject a proposal, say why: pick a reason or write one.")
    return words or str(Category(category).label)


def ensure_possible(
    proposal: Proposal,
    *,
    reviewer: User,
    acknowledged: bool,
    weakening_accepted: bool,
    at: datetime,
) -> None:
    """Raise NotChecked or FourEyes when this person cannot approve this proposal now."""
    _refuse_unchecked(proposal, acknowledged, at)
    _refuse_weaker(proposal, weakening_accepted)
    _refuse_unrehearsed(proposal, acknowledged)
    refuse_own(proposal, reviewer)
    _refuse_second_voice(proposal, reviewer)


def approvals(proposal: Proposal) -> list[Review]:
    """List the approvals that name the words as they stand now, and have not ended."""
    words = {"document_digest": proposal.document_digest, "base_commit": proposal.base_commit}
    found = proposal.reviews.filter(approved=True, **words)
    if (end := ended(proposal)) is not None:
        found = found.filter(at__gt=end)
    return list(found.select_related("reviewer"))


def _locked(proposal: Proposal, reviewer: User, move: Move) -> Proposal:
    """Read the row as nobody else can change it now."""
    if not reviewer.has_perm(PERMISSION):
        raise PermissionDenied("You may not decide about proposals.")
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("target", "report")
    current = rows.get(pk=proposal.pk)
    if current.status != Status.PENDING or held_back(current, move):
        raise IllegalMove(current, move)
    return current


def refuse_stale(proposal: Proposal, read: str) -> None:
    """Refuse a decision about words that are not there any more; raises StaleDigest."""
    if read != proposal.document_digest:
        raise StaleDigest(_changed_since(proposal, read))


def _changed_since(proposal: Proposal, read: str) -> tuple[str, ...]:
    """Follow the log of rewordings from the digest that was read to the one that is there."""
    entries = Entry.objects.filter(
        subject=f"proposal:{proposal.pk}", event=Event.PROPOSAL_REWORDED
    ).order_by("id")
    facts = [entry.facts for entry in entries]
    start = next((i for i, fact in enumerate(facts) if fact["old_document"] == read), len(facts))
    names = [name for fact in facts[start:] for name in fact["changed"]]
    return tuple(dict.fromkeys(names))


def _refuse_unchecked(proposal: Proposal, acknowledged: bool, at: datetime) -> None:
    report = proposal.report
    if report is None:
        raise CheckDue("This has not been checked yet. It can be approved once it has.")
    if (report.diff_digest, report.base_commit) != (proposal.diff_digest, proposal.base_commit):
        raise CheckDue("The check judged an earlier version. A new one is on its way.")
    if report.policy_digest != rules_in_force():
        raise CheckDue("The rules changed since it was checked. A new check is on its way.")
    if lapsed := report.lapsed(at):
        raise CheckDue(f"{lapsed} A new check is on its way.")
    if report.outcome == Outcome.ACKNOWLEDGE and not acknowledged:
        raise NotAcknowledged("Acknowledge the findings of the check first.")
    if report.outcome not in (Outcome.PASSED, Outcome.ACKNOWLEDGE):
        state = report.get_outcome_display().lower()
        raise NotChecked(f"The check says “{state}”: this cannot be approved as it stands.")


def _refuse_unrehearsed(proposal: Proposal, acknowledged: bool) -> None:
    if reading.of(proposal) is None:
        raise NotChecked(reading.NOT_YET)
    if not acknowledged and (doubt := reading.doubt(proposal)):
        raise NotAcknowledged(f"{doubt} Acknowledge that first.")


def _refuse_weaker(proposal: Proposal, accepted: bool) -> None:
    if not accepted and (found := weakening.found(proposal.report)):
        raise WeakeningNotAccepted(
            f"Tests become less strict with this change, in {counted(len(found), 'place')}."
            " That needs a yes of its own: accept it, or reject the change."
        )


def refuse_own(proposal: Proposal, reviewer: User, *, act: str = "approve") -> None:
    """Refuse who wrote it, handed it in, or reworded it in git since."""
    name = reviewer.get_username()
    if name == proposal.author:
        raise FourEyes(f"You wrote this proposal: somebody else must {act} it.")
    written = proposal.transitions.filter(destination=Status.PENDING)
    if written.filter(actor_type="person", actor=name).exists():
        raise FourEyes(f"Some of these words are yours: somebody else must {act} them.")


def _refuse_second_voice(proposal: Proposal, reviewer: User) -> None:
    if any(review.reviewer_id == reviewer.pk for review in approvals(proposal)):
        raise FourEyes("You approved this already: a second person must approve it too.")


def _first_voice(proposal: Proposal, reviewer: User, verdict: Verdict, at: datetime) -> Proposal:
    """Keep the first of two approvals; the proposal stays where it is."""
    entry = record(
        Event.PROPOSAL_REVIEWED,
        actor=Actor.person(reviewer),
        subject=f"proposal:{proposal.pk}",
        target=proposal.target.slug,
        at=at,
        reason=verdict.reason,
        texts={"title": proposal.title},
        facts={**bound(proposal), **weakening.stated(verdict.weaker_tests), **verdict.door},
        cites=[proposal.transitions.latest("version").entry_uid],
    )
    _write_review(proposal, reviewer, verdict, at, entry.uid)
    return proposal


def _decide(
    proposal: Proposal, move: Move, reviewer: User, verdict: Verdict, at: datetime
) -> Proposal:
    facts = {**bound(proposal), **weakening.stated(verdict.weaker_tests), **verdict.door}
    if verdict.category:
        facts["category"] = verdict.category
    actor = Actor.person(reviewer)
    moved = advance(proposal, move, actor=actor, at=at, reason=verdict.reason, facts=facts)
    entry = moved.transitions.get(version=moved.version).entry_uid
    _write_review(proposal, reviewer, verdict, at, entry)
    return moved


def _write_review(
    proposal: Proposal, reviewer: User, verdict: Verdict, at: datetime, entry: UUID
) -> None:
    """Write a review; who approved first and rejects the same text replaces the first word."""
    bindings = bound(proposal)
    Review.objects.update_or_create(
        proposal=proposal,
        reviewer=reviewer,
        document_digest=bindings["document"],
        defaults={
            "approved": verdict.approved,
            "category": verdict.category,
            "reason": verdict.reason,
            "at": at,
            "entry_uid": entry,
            "diff_digest": bindings["diff"],
            "base_commit": bindings["base"],
            "policy_digest": bindings["policy"],
            "report_digest": bindings["report"],
            "weaker_tests": list(verdict.weaker_tests),
        },
    )


def bound(proposal: Proposal) -> dict[str, str]:
    """Name everything the decision rests on."""
    report: Report | None = proposal.report
    return {
        "document": proposal.document_digest,
        "diff": proposal.diff_digest,
        "base": proposal.base_commit,
        "policy": report.policy_digest if report else "",
        "report": report.digest if report else "",
        "rehearsal": reading.result(proposal),
    }


def _clean(reason: str) -> str:
    return sanitize(reason.strip())[0]
