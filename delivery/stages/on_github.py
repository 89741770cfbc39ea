"""Which repository of GitHub is a target, and with which right do we speak there?"""

import os

from django.conf import settings

from ports.forge.github.address import repository_of
from ports.forge.github.calls import Api
from ports.forge.github.credentials import from_environment
from ports.forge.github.forge import GitHubForge
from ports.forge.github.options import GitHub
from ports.forge.github.wire import HttpWire
from targets.models import Target

FORGE = "github"


def forge_of(target: Target) -> GitHubForge:
    """Return the forge of a target; raise PermanentError when something of it is not set."""
    return GitHubForge(api_of(target), name_of(target), options().merge_method)


def api_of(target: Target) -> Api:
    """Return the client that asks about a target."""
    credential = from_environment(os.environ, name_of(target))
    return Api(options().url, credential, HttpWire(options().request_seconds))


def name_of(target: Target) -> str:
    """Return the target's OWNER/NAME."""
    return repository_of(target.slug, target.origin, options())


def options() -> GitHub:
    """Return the settings."""
    found: GitHub = settings.SELFIMPROVE.github
    return found
