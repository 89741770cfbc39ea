"""What does the clock ask of the deliveries?"""

import time
from collections import Counter

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from delivery import pipeline, rehearsal, watchdog
from delivery import reconcile as reconciling
from delivery.claims import due
from delivery.effects import recovering
from delivery.grounds import lapsing, requested
from delivery.mirroring import rounds
from delivery.models import Delivery, Plan
from delivery.windows import waiting as windows
from ports import temporary
from proposals.models import Proposal
from proposals.standing import applying
from targets.models import Target

SECONDS = 90  # after so long no further proposal is begun in the same tick


def deliver() -> str:
    """Begin what was approved, end what overran, drive everything that is due."""
    now = timezone.now()
    expired = watchdog.expire_overdue(now)
    requested.take_back(now)  # before it could be acted on: what ended is nobody's yes any more
    lapsing.lapse_overdue(now)
    begun = [pipeline.begin(proposal, now) for proposal in lapsing.to_begin()]
    stepped = _drive(due(timezone.now()))
    orphans = [name for target in Target.objects.all() for name in _orphans(target)]
    return (
        f"{len(begun)} begun, {stepped} stages run, {len(expired)} timed out,"
        f" {len(orphans)} orphan branches removed"
    )


def approve() -> str:
    """Announce and approve what standing approvals cover; say what was done.

    It belongs here since windows do: the room of proposals knows none.
    """
    started, done = time.monotonic(), Counter[str]()
    for proposal in applying.candidates():
        done[applying.look(proposal, timezone.now(), windows.shut_for)] += 1
        if time.monotonic() - started > SECONDS:
            break
    said = [f"{done[name]} {name}" for name in ("announced", "approved", "withdrawn")]
    return ", ".join(said)


def rehearse() -> str:
    """Rehearse what awaits review until the time is up; return how many."""
    started, done = time.monotonic(), 0
    for key in list(rehearsal.waiting(timezone.now()).values_list("pk", flat=True)):
        proposal = Proposal.objects.select_related("target").get(pk=key)
        rehearsal.rehearse(proposal, timezone.now())
        done += 1
        if time.monotonic() - started > SECONDS:
            break
    return f"{done} rehearsed"


def watch() -> str:
    """Look at every deployment that is watched, and go on with every way back.

    These protect the target, so they go on while the loop is paused.
    """
    protecting = Q(stage="watch") | ~Q(plan=Plan.FORWARD)
    stepped = _drive(due(timezone.now()).filter(protecting))
    seen = len(recovering.look(timezone.now()))
    return f"{stepped} stages run" + (f", {seen} ways back judged" if seen else "")


def lapse() -> str:
    """Ask again about what was approved for too long, or is to be changed after all."""
    now = timezone.now()
    return f"{requested.take_back(now) + len(lapsing.lapse_overdue(now))} approvals ended"


def mirror() -> str:
    """Bring conversations about pull requests into step with those here.

    It changes no target, so it goes on while the loop is paused.
    """
    return rounds.go_round(timezone.now())


def reconcile() -> str:
    """Close what workers that died left open, by what is to be seen outside, and tidy up."""
    closed, swept = len(reconciling.close_orphans(timezone.now())), temporary.sweep()
    return f"{closed} closed, {swept} temporary folders removed"


def _drive(rows: QuerySet[Delivery]) -> int:
    """Drive what is due, oldest first, each until it waits."""
    keys = list(rows.order_by("started_at", "pk").values_list("pk", flat=True))
    return sum(len(pipeline.drive(pk, timezone.now)) for pk in keys)


def _orphans(target: Target) -> list[str]:
    clone = settings.DATA_DIR / "clones" / f"{target.slug}.git"
    return watchdog.remove_orphans(target, timezone.now()) if clone.exists() else []
