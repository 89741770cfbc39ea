"""Which pull requests of GitHub are a target's, and how are they merged?"""

from ports.forge.github.forge import GitHubForge
from targets.models import Target
from targets.origins.access import FORGE, api_of, name_of, options

__all__ = ["FORGE", "api_of", "forge_of", "name_of", "options"]


def forge_of(target: Target) -> GitHubForge:
    """Return the forge of a target; raise PermanentError when something of it is not set."""
    return GitHubForge(api_of(target), name_of(target), options().merge_method)
