"""With which right do we speak to the forge of a target, and does git reach its origin?"""

import os

from django.conf import settings

from ports.forge.github.address import repository_of
from ports.forge.github.calls import Api
from ports.forge.github.credentials import from_environment
from ports.forge.github.options import GitHub
from ports.forge.github.over_https import access_to
from ports.forge.github.wire import HttpWire
from ports.git_access import Access, Own
from targets.models import Target

FORGE = "github"


def access_of(target: Target) -> Access:
    """Return the right with which git fetches from a target's origin and pushes to it."""
    if target.forge != FORGE:
        return Own()
    return access_to(target.origin, options(), lambda: api_of(target))


def api_of(target: Target) -> Api:
    """Return the client that asks GitHub about a target."""
    credential = from_environment(os.environ, name_of(target))
    return Api(options().url, credential, HttpWire(options().request_seconds))


def name_of(target: Target) -> str:
    """Return the target's OWNER/NAME."""
    return repository_of(target.slug, target.origin, options())


def options() -> GitHub:
    """Return the settings."""
    found: GitHub = settings.SELFIMPROVE.github
    return found
