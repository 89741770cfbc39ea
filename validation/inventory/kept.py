"""What is known of a target's values at its head, read once per head?"""

from dataclasses import dataclass, field

from django.core.cache import cache

from ports.git import GitFailed
from targets.models import Target
from targets.repository import RefMissing, Repository
from validation import parameters
from validation.inventory import history, places
from validation.inventory.history import History
from validation.inventory.places import Head
from validation.parameters import BadParameters, Parameter, Parameters

KEPT_SECONDS = 86_400
_FORM = 1  # part of the cache key: raise it when what is kept changes


@dataclass(frozen=True)
class Inventory:
    """Hold the whitelist of a target, its places and its history, or why there is none."""

    whitelist: Parameters = field(default_factory=Parameters)
    commit: str = ""
    head: Head = field(default_factory=Head)
    history: History = field(default_factory=History)
    trouble: str = ""

    def summary(self) -> list[tuple[Parameter, int, int]]:
        """Return each parameter with how often it stands there, and how often wrongly."""
        found = []
        for parameter in self.whitelist.items:
            mine = self.head.of(parameter)
            found.append((parameter, len(mine), sum(1 for place in mine if place.trouble)))
        return found


def of(target: Target) -> Inventory:
    """Read a target; what cannot be read is a sentence in `trouble`."""
    try:
        whitelist = parameters.load().of(target.slug)
    except BadParameters as error:
        return Inventory(trouble=f"The whitelist cannot be used: {error}")
    if not target.head_commit:
        return Inventory(whitelist, trouble="The repository has not been read yet.")
    try:
        repository = Repository.of(target)
        commit = repository.head(target.branch)
        head, moved = _kept(target, repository, commit, whitelist)
    except (GitFailed, OSError, RefMissing) as error:
        why = places.quoted(str(error))
        return Inventory(whitelist, trouble=f"Our clone of the repository cannot be read: {why}")
    return Inventory(whitelist, commit, head, moved)


def _kept(
    target: Target, repository: Repository, commit: str, whitelist: Parameters
) -> tuple[Head, History]:
    key = f"inventory:{_FORM}:{target.pk}:{commit}:{whitelist.digest}"
    found: tuple[Head, History] | None = cache.get(key)
    if found is None:
        head = places.read(repository, commit, whitelist)
        found = head, history.read(repository, commit, head.files, whitelist)
        cache.set(key, found, KEPT_SECONDS)
    return found
