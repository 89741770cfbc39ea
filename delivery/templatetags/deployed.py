"""How does a target's page show what runs of it, without knowing deliveries?"""

from typing import Any
from urllib.parse import urlsplit

from django import template
from django.template.context import RequestContext

from delivery.deployed import history
from targets.models import Target
from targets.portrait import Portrait

register = template.Library()


@register.inclusion_tag("delivery/deployed.html", takes_context=True)
def deployed_of(context: RequestContext, target: Target, portrait: Portrait) -> dict[str, Any]:
    """Show who deploys a target, what runs now, and what ran before."""
    said = portrait.manifest
    return {
        "target": target,
        "is_told": said is not None,
        "webhook": said.webhook if said else None,
        "host": urlsplit(said.webhook.url).netloc if said and said.webhook else "",
        "health": said.health if said else None,
        "running": history.of(target),
        "perms": context["perms"],
    }
