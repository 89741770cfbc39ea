"""What does the schedule ask of this room?"""

import time
from collections import Counter
from contextlib import suppress

from django.utils import timezone

from ports.git import GitFailed
from proposals import checks, outdated
from proposals.models import Proposal, Status
from proposals.publish import publish as publish_target
from proposals.standing import trusting
from proposals.waiting import ageing
from targets.models import State, Target
from targets.repository import OriginUnreachable, PushRefused

SECONDS = 90  # after so long no further check is begun in the same tick


def check() -> str:
    """Check proposals that await review until the time is up; return how many."""
    started, done = time.monotonic(), 0
    for key in list(checks.waiting(timezone.now()).values_list("pk", flat=True)):
        proposal = Proposal.objects.select_related("target", "report").get(pk=key)
        with suppress(checks.BeingChecked):  # by another worker, since this list was made
            checks.check(proposal, timezone.now())
            done += 1
        if time.monotonic() - started > SECONDS:
            break
    return f"{done} checked"


def supersede() -> str:
    """Close every proposal that its target's branch has left behind; return how many."""
    ready = Target.objects.filter(state=State.READY, proposals__status=Status.PENDING)
    closed = [
        proposal
        for target in ready.distinct()
        for proposal in outdated.supersede(target, timezone.now())
    ]
    return f"{len(closed)} superseded"


def stand_down() -> str:
    """Suspend each standing approval of which something was taken back; name them."""
    found = trusting.suspend_untrusted(timezone.now())
    return f"suspended: {', '.join(map(str, found))}" if found else "none suspended"


def publish() -> str:
    """Bring every target's proposals branch up to date; name the ones that could not be."""
    said = []
    for target in Target.objects.filter(proposals__isnull=False).distinct():
        try:
            done = publish_target(target, timezone.now())
        except (OriginUnreachable, PushRefused, GitFailed) as error:
            said.append(f"{target.slug}: not published, {error}")
            continue
        if done.commits or done.reworded or done.restored:
            said.append(f"{target.slug}: {done.commits} commits, {done.reworded} reworded")
    return "; ".join(said) or "nothing to publish"


def age() -> str:
    """Tell who has to know of what waits for too long, and end what nobody decided."""
    told = Counter(one.kind for one in ageing.age(timezone.now()))
    return (
        ", ".join(f"{count} × {kind}" for kind, count in sorted(told.items())) or "nothing is due"
    )
