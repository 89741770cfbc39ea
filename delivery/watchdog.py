"""What runs for too long, or was left behind, and how is that ended?"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from audit import story
from audit.events import Event
from audit.log import record
from audit.models import Entry
from delivery import recording, telling
from delivery.claims import Lease, LeaseLost, seize
from delivery.models import Delivery, Outcome, Plan
from delivery.stages.branch import PLACE, PREFIX, delete_branch
from targets.models import Target
from targets.repository import OriginUnreachable, PushRefused, Repository
from telemetry.sanitizer import sanitize

_STOPPED = "The worker stopped in the middle of it; the branch is gone."


def expire_overdue(now: datetime) -> list[Delivery]:
    """Take every delivery that overran its deadline from its worker, and turn it back."""
    late = Delivery.objects.filter(~Q(hold="") | ~Q(plan=Plan.FORWARD), outcome="")
    expired = []
    for delivery in late.filter(deadline_at__lt=now).select_related("proposal", "target"):
        lease = seize(delivery, now)
        if lease is not None and _expire(delivery, lease, now):
            expired.append(delivery)
    return expired


def _expire(delivery: Delivery, lease: Lease, now: datetime) -> bool:
    reason = (
        f"Timed out: the stage “{delivery.stage}” was not through"
        f" by {delivery.deadline_at:%Y-%m-%d %H:%M} UTC."
    )
    try:
        with transaction.atomic():
            recording.cut_short(delivery, lease, reason)
            telling.entry(Event.DELIVERY_TIMED_OUT, delivery, at=now, reason=reason)
            recording.turn_back(delivery, lease, Outcome.TIMED_OUT, reason)
    except LeaseLost:
        return False  # the next tick looks again
    return True


def remove_orphans(target: Target, now: datetime) -> list[str]:
    """Delete the proposal branches that no live delivery owns; return their names."""
    repository = Repository.of(target)
    living = Delivery.objects.filter(target=target, outcome="")
    owned = {f"{PREFIX}{pk}" for pk in living.values_list("proposal_id", flat=True)}
    orphans = sorted(_branches(repository) - owned)
    left = _left_open(target)
    if left is not None and left.facts.get("branch") not in orphans:
        _told(target, Event.BRANCH_REMOVED, now, str(left.facts["branch"]), left, _STOPPED)
    for name in orphans:
        _remove(target, repository, name, now)
    return orphans


def _remove(target: Target, repository: Repository, name: str, now: datetime) -> None:
    """Say what is about to be removed, remove it, and say so; the next try is the same intent."""
    last = _left_open(target)
    if last is None or last.facts.get("branch") != name:
        last = _told(target, Event.BRANCH_REMOVE_INTENDED, now, name)
    try:
        delete_branch(repository, name)
    except (PushRefused, OriginUnreachable) as error:
        if not story.resting_on(last):  # a repeat tells nothing new
            _told(target, Event.BRANCH_REMOVE_FAILED, now, name, last, sanitize(str(error))[0])
        raise
    _told(target, Event.BRANCH_REMOVED, now, name, last)


def _left_open(target: Target) -> Entry | None:
    """Return the last intent that did not come to its end, if it did not."""
    mine = Entry.objects.filter(event=Event.BRANCH_REMOVE_INTENDED, subject=_subject(target))
    last = mine.order_by("-id").first()
    if last is None:
        return None
    ends = {entry.event for entry in story.resting_on(last)}
    return None if Event.BRANCH_REMOVED in ends else last


def _told(
    target: Target,
    event: Event,
    now: datetime,
    branch: str,
    intent: Entry | None = None,
    why: str = "",
) -> Entry:
    with transaction.atomic():
        return record(
            event,
            actor=telling.OURSELVES,
            subject=_subject(target),
            target=target.slug,
            at=now,
            reason=why,
            facts={"name": target.name, "branch": branch},
            cites=[intent.uid] if intent else [],
        )


def _subject(target: Target) -> str:
    return f"target:{target.slug}"


def _branches(repository: Repository) -> set[str]:
    """List the proposal branches that we know of; only we make them, so no fetch is needed."""
    ours = repository.refs(f"refs/heads/{PLACE}")
    theirs = repository.refs(f"refs/remotes/origin/{PLACE}")
    names = {ref.removeprefix("refs/heads/") for ref in ours}
    names |= {ref.removeprefix("refs/remotes/origin/") for ref in theirs}
    return {name for name in names if name.startswith(PREFIX)}
