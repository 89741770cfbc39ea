"""On which ground does an approved change come to stand, and which rule applies to that?"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit.events import Event
from audit.models import Entry
from delivery import telling
from delivery.grounds.rules import Rule, ruled
from delivery.models import STATE, Delivery
from proposals.colliding.hunks import edits
from proposals.models import Proposal
from proposals.touched import placed
from targets.changes import Change
from targets.repository import DiffDoesNotApply, Repository

MOST_FILES = 20


@dataclass(frozen=True)
class Ground:
    """Hold where the change would stand, which of its files others changed, and the rule."""

    rule: Rule
    base: str  # where people saw it
    head: str
    files: tuple[str, ...] = ()


def ground(repository: Repository, proposal: Proposal, change: Change) -> Ground:
    """Compare a change as it stands on the branch now with what people saw of it."""
    base, head = proposal.base_commit, change.base
    if base == head:
        return Ground(Rule.UNMOVED, base, head)
    others = set(repository.changed_paths(base, head))
    files = tuple(path for path in change.paths if path in others)
    same = not files or _says_the_same(repository, proposal, change)
    return Ground(ruled(moved=True, touched=bool(files), same=same), base, head, files)


def remember(delivery: Delivery, found: Ground, now: datetime) -> None:
    """Enter in the log which rule applies, once for each head that the branch moved to."""
    if found.rule is Rule.UNMOVED:
        return
    mine = Entry.objects.filter(
        event=Event.DELIVERY_GROUND_MOVED, subject=STATE.subject(delivery.pk)
    )
    if any(entry.facts.get("head") == found.head for entry in mine):
        return
    facts = {
        "rule": found.rule.value,
        "from": found.base,
        "head": found.head,
        "files": list(found.files[:MOST_FILES]),
    }
    reason = f"{delivery.target.branch} moved from {found.base[:12]} to {found.head[:12]};"
    with transaction.atomic():
        telling.entry(
            Event.DELIVERY_GROUND_MOVED,
            delivery,
            at=now,
            reason=f"{reason} {found.rule.words}.",
            facts=facts,
        )


def _says_the_same(repository: Repository, proposal: Proposal, change: Change) -> bool:
    """Tell whether the same lines go and come, and there is only one place for them."""
    if edits(change.diff) != edits(proposal.diff):
        return False
    try:
        return placed(repository, change.base, proposal.diff).change.digest == change.digest
    except DiffDoesNotApply:
        return False
