"""How does a target's page show what runs of it, without knowing deliveries?"""

from typing import Any

from django import template
from django.template.context import RequestContext

from delivery.deployed import history
from targets.models import Target
from targets.portrait import Portrait

register = template.Library()


@register.inclusion_tag("delivery/deployed.html", takes_context=True)
def deployed_of(context: RequestContext, target: Target, portrait: Portrait) -> dict[str, Any]:
    """Show who deploys a target, what runs now, and what ran before."""
    return {
        "target": target,
        "webhook": portrait.manifest.webhook if portrait.manifest else None,
        "health": portrait.manifest.health if portrait.manifest else None,
        "running": history.of(target),
        "perms": context["perms"],
    }
