"""How does a target's page show where its events come from, without knowing telemetry?"""

from typing import Any

from django import template
from django.template.context import RequestContext

from targets.models import Target
from telemetry.collecting.pages import card

register = template.Library()


@register.inclusion_tag("telemetry/sources/_card.html", takes_context=True)
def sources_of(context: RequestContext, target: Target) -> dict[str, Any]:
    """Show the sources of a target as a card."""
    return card(context.request, target)
