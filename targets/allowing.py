"""How does a target's allowlist grow and shrink, entry by entry, on the record?"""

from datetime import datetime

from audit.log import Actor
from targets import allowlists
from targets.models import Target
from targets.registry import BadTarget, change


def allow(
    target: Target,
    *,
    domains: list[str],
    paths: list[str],
    remove: bool,
    actor: Actor,
    at: datetime,
) -> Target:
    """Let domains and folders stay readable in a target's events, or no longer."""
    for field, given in (("allowed_domains", domains), ("allowed_paths", paths)):
        known = set(allowlists.entries(getattr(target, field)))
        if remove and (missing := set(given) - known):
            raise BadTarget(f"{field}: {', '.join(sorted(missing))} is not on the list")
        kept = known - set(given) if remove else known | set(given)
        setattr(target, field, allowlists.written(kept))
    return change(target, actor=actor, at=at)
