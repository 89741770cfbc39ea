"""Which repository, forge and deployer does a delivery act on?"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

from delivery.elsewhere.deployer import Elsewhere
from delivery.models import Delivery
from delivery.stages.live import Hear, heard
from ports.deployer.commands import CommandDeployer
from ports.forge import Forge, Reviews
from ports.forge.github.forge import GitHubForge
from ports.forge.local import LocalForge
from targets.manifest import Manifest
from targets.models import Target
from targets.origins import access
from targets.repository import Repository


@dataclass(frozen=True)
class Site:
    """Hold a delivery together with the repository, forge and deployer that it acts on."""

    delivery: Delivery
    repository: Repository
    forge: Forge
    reviews: Reviews | None = None  # of others; none where the review is ours
    hear: Hear = field(default=lambda text: None)  # what a deployment says while it runs

    def head(self) -> str:
        """Fetch, and return the commit that the target's branch is at."""
        self.repository.fetch()
        return self.repository.head(self.delivery.target.branch)

    def deployer_of(self, said: Manifest, now: datetime) -> CommandDeployer | Elsewhere | None:
        """Return who deploys the target as it says itself; None when nobody does."""
        if said.webhook is not None:
            return Elsewhere(self.delivery, said.webhook, now)
        return _commands(self.delivery.target, self.hear)


class NoAdapter(Exception):
    """The target names an adapter that does not exist."""


def reach(delivery: Delivery) -> Site:
    """Open the outside world of a delivery through the adapters that its target names.

    Raises PermanentError when something that its forge needs is not set.
    """
    target = delivery.target
    forge = _forge(target)
    return Site(
        delivery=delivery,
        repository=Repository.of(target),
        forge=forge,
        reviews=forge if isinstance(forge, GitHubForge) else None,
        hear=heard(delivery),
    )


def _forge(target: Target) -> LocalForge | GitHubForge:
    if target.forge == "local":
        return LocalForge(Path(target.origin))
    if target.forge == access.FORGE:
        merging = access.options().merge_method
        return GitHubForge(access.api_of(target), access.name_of(target), merging)
    raise NoAdapter(f"{target.slug}: there is no forge called {target.forge!r}")


def _commands(target: Target, hear: Hear) -> CommandDeployer | None:
    if not target.deploy_path:
        return None
    return CommandDeployer(
        Path(target.deploy_path),
        target.origin,
        access.access_of(target),
        longest=settings.SELFIMPROVE.delivery.deploy_timeout_seconds,
        hear=hear,
    )
