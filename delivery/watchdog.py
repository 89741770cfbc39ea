"""What runs for too long, or was left behind, and how is that ended?"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from audit.events import Event
from delivery import recording, telling
from delivery.claims import Lease, LeaseLost, seize
from delivery.models import Delivery, Outcome, Plan
from delivery.stages.branch import PLACE, PREFIX, delete_branch
from targets.models import Target
from targets.repository import Repository


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


def remove_orphans(target: Target) -> list[str]:
    """Delete the proposal branches that no live delivery owns; return their names."""
    repository = Repository.of(target)
    living = Delivery.objects.filter(target=target, outcome="")
    owned = {f"{PREFIX}{pk}" for pk in living.values_list("proposal_id", flat=True)}
    orphans = sorted(_branches(repository) - owned)
    for name in orphans:
        delete_branch(repository, name)
    return orphans


def _branches(repository: Repository) -> set[str]:
    """List the proposal branches that we know of; only we make them, so no fetch is needed."""
    ours = repository.refs(f"refs/heads/{PLACE}")
    theirs = repository.refs(f"refs/remotes/origin/{PLACE}")
    names = {ref.removeprefix("refs/heads/") for ref in ours}
    names |= {ref.removeprefix("refs/remotes/origin/") for ref in theirs}
    return {name for name in names if name.startswith(PREFIX)}
