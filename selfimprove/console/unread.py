"""Which standing approvals, and what they are about to let through, need a person's eye?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from proposals.standing.records import Announcement, Stand, StandingApproval

ENDS_SOON = timedelta(days=7)
MOST = 20


@dataclass(frozen=True)
class Notice:
    """Say what there is to see, and how urgent it is."""

    title: str
    why: str
    badge: str
    tone: str
    url: str
    at: datetime | None
    asks: bool = False  # somebody to act, and is not only told
    troubles: bool = False


def notices(now: datetime) -> Iterator[Notice]:
    """Tell of announcements first: there is little time to object to them."""
    yield from _announced(now)
    rows = StandingApproval.objects.filter(until__gt=now).exclude(status=Stand.REVOKED)
    for approval in rows.select_related("target", "granted_by")[:MOST]:
        if found := _standing(approval, now):
            yield found


def _announced(now: datetime) -> Iterator[Notice]:
    rows = Announcement.objects.filter(ended_at=None).select_related("proposal", "standing")
    for said in rows.order_by("due_at")[:MOST]:
        when = f"at {said.due_at:%Y-%m-%d %H:%M} UTC" if said.due_at > now else "soon"
        yield Notice(
            said.proposal.title,
            f"Will be approved {when} under {said.standing}, unless somebody rejects or holds it.",
            "Approved by itself",
            "accent",
            said.proposal.get_absolute_url(),
            said.announced_at,
            asks=True,
        )


def _standing(approval: StandingApproval, now: datetime) -> Notice | None:
    name, url = str(approval).capitalize(), f"{reverse('standing:list')}#standing-{approval.pk}"
    title = f"{name} for {approval.target.name}"
    if approval.status == Stand.SUSPENDED:
        why = f"{approval.because} It lets nothing through until a person confirms it anew."
        return Notice(title, why, "Suspended", "bad", url, approval.ended_at, troubles=True)
    if approval.status == Stand.GRANTED:
        why = (
            f"{approval.granted_by.get_username()} granted it; a second person has to confirm it."
        )
        return Notice(title, why, "To be confirmed", "accent", url, approval.granted_at, asks=True)
    if approval.until - now < ENDS_SOON:
        why = f"It ends on {approval.until:%Y-%m-%d %H:%M} UTC. People decide everything then."
        return Notice(title, why, "Ends soon", "quiet", url, approval.confirmed_at)
    return None
