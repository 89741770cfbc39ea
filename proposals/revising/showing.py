"""What does a proposal's page tell of requests for changes and of its versions?"""

from dataclasses import dataclass

from django.contrib.auth.models import User

from proposals import decision
from proposals.models import OPEN, ChangeRequest, FailedRevision, Proposal, Revision, Status
from proposals.revising import answering, asked, chain

WRITE = "proposals.add_proposal"


@dataclass(frozen=True)
class Version:
    """Name one version of a change."""

    number: int
    proposal: Proposal
    is_this: bool


@dataclass(frozen=True)
class Changes:
    """Hold what is wanted, what was tried, and what this reader may do about it."""

    request: ChangeRequest | None
    open_threads: int
    failures: tuple[FailedRevision, ...]
    next: str
    may_ask: bool
    may_withdraw: bool
    may_revise: bool
    earlier: tuple[ChangeRequest, ...]  # that stand no more
    versions: tuple[Version, ...]
    answers: Revision | None  # by which this is a revision


def of(proposal: Proposal, reader: User) -> Changes:
    """Collect it for a reader."""
    request = asked.standing_on(proposal)
    may = reader.has_perm(decision.PERMISSION)
    earlier = proposal.change_requests.select_related("asked_by", "end")
    answers = chain.revision_of(proposal)
    return Changes(
        request=request,
        open_threads=_open_threads(proposal) if request else 0,
        failures=tuple(request.failures.all()) if request else (),
        next=_next(proposal, request) if request else "",
        may_ask=may and request is None and proposal.status in OPEN,
        may_withdraw=request is not None and (may or request.asked_by_id == reader.pk),
        may_revise=request is not None
        and proposal.status == Status.PENDING
        and reader.has_perm(WRITE),
        earlier=tuple(one for one in earlier if request is None or one.pk != request.pk),
        versions=_versions(proposal, answers),
        answers=answers,
    )


def _next(proposal: Proposal, request: ChangeRequest) -> str:
    if proposal.status != Status.PENDING:
        return "Its approval is being taken back; what it left outside is tidied up first."
    if request.failures.exists():
        return (
            "Nothing tries again by itself: hand in a revision by hand, reject it, or withdraw the"
            " request and say it otherwise."
        )
    return answering.words(proposal)


def _open_threads(proposal: Proposal) -> int:
    return proposal.threads.exclude(path="").filter(resolved_uid=None).count()


def _versions(proposal: Proposal, answers: Revision | None) -> tuple[Version, ...]:
    """List every version that there is, where there is more than this one."""
    before = [*chain.before(answers.previous), answers.previous] if answers else []
    found = [*before, proposal]
    while (later := chain.following(found[-1])) is not None:
        found.append(later.proposal)
    if len(found) == 1:
        return ()
    return tuple(Version(n, one, one.pk == proposal.pk) for n, one in enumerate(found, 1))
