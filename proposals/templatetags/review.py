"""How does a page show for how long a proposal waits, and whether review has room for more?"""

from datetime import datetime
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone

from proposals.models import Proposal
from proposals.revising import asked
from proposals.waiting import room, showing
from targets.models import Target

register = template.Library()


@register.filter
def age(proposal: Proposal, now: datetime | None = None) -> showing.Age | None:
    """Return how long a proposal has waited."""
    return showing.age_of(proposal, now or timezone.now())


@register.filter
def wanted(proposal: Proposal) -> str:
    """Say what somebody wants changed in a proposal."""
    request = asked.standing_on(proposal)
    return asked.said(request) if request is not None else ""


@register.inclusion_tag("proposals/_room.html", takes_context=True)
def review_of(context: RequestContext, target: Target) -> dict[str, Any]:
    """Show how many proposals of a target wait, of how many that may."""
    return {
        "may": context.request.user.has_perm("proposals.view_proposal"),
        "target": target,
        "room": room.room(target),
        "pace": room.pace(target, timezone.now()),
    }
