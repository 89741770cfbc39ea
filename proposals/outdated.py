"""Which proposals start from a value that the target no longer has, and what becomes of them?"""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import transaction

from audit.log import Actor
from ports.git import GitFailed
from proposals import lifecycle
from proposals.lifecycle import Move
from proposals.models import Proposal, Status
from targets.models import Target
from targets.repository import PathMissing, RefMissing, Repository
from validation import scalars
from validation.scalars import ABSENT

ACTOR = Actor.system("proposals")
UNDER_WAY = (Status.APPROVED, Status.PR_OPEN)
LONGEST_VALUE = 60
KEPT_SECONDS = 3600


@dataclass(frozen=True)
class Departure:
    """Hold where a change starts, and where its setting stands by now."""

    parameter: str
    start: object
    present: object
    branch: str
    head: str

    def __str__(self) -> str:
        """Say it to whoever wonders why nobody is asked any more."""
        return (
            f"{self.parameter} is {_shown(self.present)} on {self.branch} now, and this change"
            f" starts from {_shown(self.start)}: there is nothing left to decide."
        )


def supersede(target: Target, now: datetime) -> list[Proposal]:
    """Close what awaits review and starts from a value that the target's branch has left.

    While another change is under way its watch may still take it back, and with it the value
    would return: nothing is judged before that is known.
    """
    if target.proposals.filter(status__in=UNDER_WAY).exists():
        return []
    waiting = target.proposals.filter(status=Status.PENDING).exclude(parameter="")
    repository = Repository.of(target)
    try:
        head = repository.head(target.branch)
    except (GitFailed, RefMissing):
        return []
    closed = []
    for proposal in waiting.exclude(base_commit=head).select_related("target"):
        departure = _departure(proposal, repository, head)
        if departure and (moved := _close(proposal, departure, now)):
            closed.append(moved)
    return closed


def _close(proposal: Proposal, departure: Departure, now: datetime) -> Proposal | None:
    """Move it, unless a person has decided in the meantime."""
    with transaction.atomic():
        rows = Proposal.objects.select_for_update().filter(pk=proposal.pk, status=Status.PENDING)
        if rows.first() is None:
            return None
        facts = {
            "parameter": departure.parameter,
            "from": _shown(departure.start),
            "present": _shown(departure.present),
            "head": departure.head,
        }
        return lifecycle.advance(
            proposal, Move.SUPERSEDE, actor=ACTOR, at=now, reason=str(departure), facts=facts
        )


def _departure(proposal: Proposal, repository: Repository, head: str) -> Departure | None:
    """Compare the setting where the change starts with the branch, once per head.

    What cannot be read says nothing.
    """
    known = f"outdated:{proposal.pk}:{head}:{proposal.diff_digest}"
    if cache.get(known):
        return None
    try:
        start = _value(repository, proposal.base_commit, proposal)
        present = _value(repository, head, proposal)
    except (GitFailed, scalars.Unreadable, UnicodeDecodeError):
        start = present = ABSENT
    if start is ABSENT or start == present:
        cache.set(known, True, KEPT_SECONDS)
        return None
    return Departure(proposal.parameter, start, present, proposal.target.branch, head)


def _value(repository: Repository, commit: str, proposal: Proposal) -> object:
    """Read the proposal's setting from the files that it touches."""
    for file in proposal.affected_files:
        if scalars.kind_of(file["path"]) is None:
            continue
        try:
            text = repository.read(commit, file["path"]).decode()
        except PathMissing:
            continue
        values = scalars.leaves(file["path"], text)
        if proposal.parameter in values:
            return values[proposal.parameter]
    return ABSENT


def _shown(value: object) -> str:
    text = "not set" if value is ABSENT else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
