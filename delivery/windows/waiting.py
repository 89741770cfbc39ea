"""Must a delivery wait for a window, and how does a person let it pass by?"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from audit.events import Event
from audit.log import Actor
from delivery import telling
from delivery.models import Delivery, Plan
from delivery.windows import holidays
from delivery.windows.holidays import BadCalendar
from delivery.windows.options import Windows
from delivery.windows.rules import HORIZON, Calendar, Standing, read
from proposals.models import Proposal
from proposals.standing import passing
from telemetry.sanitizer import sanitize

PERMISSION = "delivery.override_window"
# The one stage that makes a change take effect: what is proven and proposed may be so at any time,
# and what is merged is deployed, whatever the hour, since half of it would be worse.
STAGE = "merge"
AGAIN = timedelta(minutes=5)  # at the latest: somebody may have changed the rules


class NothingToOverride(Exception):
    """The delivery does not wait for a window."""


class ReasonMissing(Exception):
    """To pass a window by needs a reason."""


def calendar(at: datetime) -> Calendar:
    """Return the calendar in force around a moment; raises BadCalendar."""
    said: Windows = settings.SELFIMPROVE.windows
    zone = ZoneInfo(said.timezone)
    days: dict[date, str] = {}
    if said.rules:
        first = at.astimezone(zone).date() - timedelta(days=1)
        last = (at + HORIZON).astimezone(zone).date()
        days = holidays.between(said.holidays, first, last, zone)
    return Calendar(zone, [read(line) for line in said.rules], said.risks, days)


def standing(target: str, risk: str, at: datetime) -> Standing:
    """Say whether a change of this risk may be merged at a moment; raises BadCalendar."""
    return calendar(at).standing(target, risk, at)


def waits(delivery: Delivery, at: datetime) -> tuple[str, timedelta] | None:
    """Say why a delivery may not be merged now and when to look again; None: it may.

    What undoes a change never waits. A calendar that cannot be read opens nothing.
    """
    if delivery.plan != Plan.FORWARD or delivery.stage != STAGE or delivery.window_passed_by:
        return None
    proposal = delivery.proposal
    found = _shut(proposal.target.slug, passing.risk_of(proposal), at)
    if found is None:
        return None
    words, opens = found
    again = min(AGAIN, opens - at + timedelta(seconds=1)) if opens else AGAIN
    return f"Waits: {words}", again


def foreseen(proposal: Proposal, at: datetime) -> str:
    """Tell who is to approve a change that it would have to wait; nothing where it would not."""
    found = _shut(proposal.target.slug, passing.risk_of(proposal), at)
    return f"Approved now, its merge would wait: {found[0]}" if found else ""


def shut_for(slug: str, risk: str, at: datetime) -> str:
    """Say why a change of this risk may not be merged now; nothing where it may."""
    found = _shut(slug, risk, at)
    return found[0] if found else ""


def _shut(slug: str, risk: str, at: datetime) -> tuple[str, datetime | None] | None:
    """Say why a change may not be merged now, and when that is over if it is known."""
    try:
        found = standing(slug, risk, at)
    except BadCalendar as error:
        return f"no change window can be known. {sanitize(str(error))[0]}.", None
    if found.is_open:
        return None
    if found.opens is None:
        days = f"within {HORIZON.days} days"
        return f"no change window opens {days}. Change windows.rules.", None
    return f"the next change window opens {told(found.opens)}.", found.opens


def told(moment: datetime) -> str:
    """Write a moment as the team reads it."""
    zone = ZoneInfo(settings.SELFIMPROVE.windows.timezone)
    return f"{moment.astimezone(zone):%a %d %b %Y, %H:%M} ({zone})"


def override(delivery: Delivery, *, actor: Actor, reason: str, at: datetime) -> Delivery:
    """Let one delivery pass its window by; raise NothingToOverride or ReasonMissing."""
    words = sanitize(reason.strip())[0]
    if not words:
        raise ReasonMissing("Say why it cannot wait for its window.")
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(of=("self",))
        current = rows.select_related("proposal", "target").get(pk=delivery.pk)
        if not is_waiting(current, at):
            raise NothingToOverride(f"Delivery #{delivery.pk} does not wait for a window.")
        current.window_passed_by, current.window_reason = actor.id, words
        current.next_step_at = at
        current.save(update_fields=["window_passed_by", "window_reason", "next_step_at"])
        telling.entry(Event.DELIVERY_WINDOW_PASSED, current, at=at, actor=actor, reason=words)
    return current


def is_waiting(delivery: Delivery, at: datetime) -> bool:
    """Tell whether a delivery stands before its window right now."""
    return not delivery.outcome and waits(delivery, at) is not None
