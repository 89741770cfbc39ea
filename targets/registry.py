"""Which targets are there, and what do we know of their repositories?"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from audit import log
from audit.events import Event
from audit.log import Actor
from ports.forge import PermanentError
from ports.forge.github.address import repository_of
from ports.git import ZERO, GitFailed
from targets import allowlists
from targets.models import State, Target
from targets.repository import OriginUnreachable, RefMoved, Repository

CONFIGURATION = (
    *("name", "origin", "branch", "deploy_path", "forge", "paused"),
    *("allowed_domains", "allowed_paths"),
)
NOT_YET = "It has not been looked at yet."
# user:password@ in a URL, or a long token in the place of the user.
_CREDENTIALS = re.compile(r"^[a-z+]+://([^/@]*:[^/@]+|[^/@]{20,})@", re.IGNORECASE)


class BadTarget(Exception):
    """The target cannot be added or changed so; the words say which field and why."""


class UnknownTarget(Exception):
    """No target has this slug."""


class NotDiverged(Exception):
    """There is no rewritten history to accept."""


@dataclass(frozen=True)
class Standing:
    """What one look at a repository found."""

    state: State
    detail: str
    head: str = ""


def add(
    *,
    slug: str,
    name: str,
    origin: str,
    branch: str = "main",
    deploy_path: str = "",
    forge: str = "local",
    allowed_domains: str = "",
    allowed_paths: str = "",
    actor: Actor,
    at: datetime,
) -> Target:
    """Add a target; it is looked at by the next refresh."""
    target = Target(
        slug=slug,
        name=name or slug,
        origin=origin,
        branch=branch,
        deploy_path=deploy_path,
        forge=forge,
        allowed_domains=allowed_domains,
        allowed_paths=allowed_paths,
        created_at=at,
        state_detail=NOT_YET,
    )
    check(target)
    with transaction.atomic():
        target.save(force_insert=True)
        log.record(
            Event.TARGET_ADDED,
            actor=actor,
            subject=f"target:{slug}",
            target=slug,
            at=at,
            facts=configuration(target),
        )
    return target


def change(target: Target, *, actor: Actor, at: datetime) -> Target:
    """Store a target's changed configuration and record what was and what is."""
    check(target)
    with transaction.atomic():
        before = configuration(Target.objects.select_for_update().get(pk=target.pk))
        after = configuration(target)
        if before == after:
            return target
        if (before["origin"], before["branch"]) != (after["origin"], after["branch"]):
            target.state, target.state_detail = State.NEW, NOT_YET
        target.save(update_fields=[*CONFIGURATION, "state", "state_detail"])
        log.record(
            Event.TARGET_CHANGED,
            actor=actor,
            subject=f"target:{target.slug}",
            target=target.slug,
            at=at,
            facts={
                "before": {key: before[key] for key in after if before[key] != after[key]},
                "after": {key: after[key] for key in after if before[key] != after[key]},
            },
        )
    return target


def check_origin(origin: str) -> None:
    """Raise BadTarget when this cannot be the address of an origin."""
    if _CREDENTIALS.match(origin):
        raise BadTarget(
            "origin: it carries a password or token; remove it and give git the credential"
            " another way (an SSH key or agent; for GitHub over https GITHUB_TOKEN)"
        )
    if origin.startswith("-") or origin.lower().startswith(("ext::", "fd::")):
        raise BadTarget("origin: it is neither a path nor a URL of a git repository")
    if ":" not in origin and not Path(origin).is_absolute():
        raise BadTarget(f"origin: {origin} depends on where one stands; give the whole path")


def check_deploy_path(place: str) -> None:
    """Raise BadTarget when this cannot be where the deployed checkout lies."""
    if place and not Path(place).is_absolute():
        raise BadTarget("deploy_path: it depends on where one stands; give the whole path")


def check_allowed(field: str, listed: str) -> None:
    """Raise BadTarget when an allowlist has a line that cannot be right."""
    try:
        allowlists.CHECKS[field](listed)
    except allowlists.BadList as error:
        raise BadTarget(f"{field}: {error}") from error


def check_forge(slug: str, origin: str, forge: str) -> None:
    """Raise BadTarget when the forge cannot know this origin."""
    try:
        if forge == "github":
            repository_of(slug, origin, settings.SELFIMPROVE.github)
    except PermanentError as error:
        raise BadTarget(f"forge: {error}") from error


def check(target: Target) -> None:
    """Raise BadTarget when the configuration cannot be right."""
    check_origin(target.origin)
    check_forge(target.slug, target.origin, target.forge)
    check_deploy_path(target.deploy_path)
    for field in allowlists.CHECKS:
        check_allowed(field, getattr(target, field))
    try:
        target.full_clean(exclude=["state", "state_detail"])
    except ValidationError as error:
        raise BadTarget(_sentence(error)) from error


def find(slug: str) -> Target:
    """Return the target with this slug; raise UnknownTarget."""
    try:
        return Target.objects.get(slug=slug)
    except Target.DoesNotExist as error:
        known = ", ".join(Target.objects.values_list("slug", flat=True)) or "there is none yet"
        raise UnknownTarget(f"there is no target {slug!r}; known: {known}") from error


def configuration(target: Target) -> dict[str, str | bool]:
    """Return the settable part of a target."""
    return {field: getattr(target, field) for field in CONFIGURATION}


def refresh(target: Target, now: datetime) -> Target:
    """Fetch from the origin and store what was found; never a traceback."""
    try:
        standing = _look(target)
    except OriginUnreachable as error:
        standing = Standing(State.UNREACHABLE, _advice(target, str(error)), target.head_commit)
    except (GitFailed, OSError) as error:
        detail = f"Our own clone of it could not be worked with: {error}"
        standing = Standing(State.UNREACHABLE, detail, target.head_commit)
    _store(target, standing, now)
    return target


def accept(target: Target, *, actor: Actor, reason: str, at: datetime) -> Target:
    """Accept a rewritten history: the origin's branch becomes ours, the old one is kept aside."""
    repository = Repository.of(target)
    ref = f"refs/heads/{target.branch}"
    with repository.lock():
        ours, theirs = repository.ref(ref), repository.remote_head(target.branch)
        if not ours or not theirs or repository.is_ancestor(ours, theirs):
            raise NotDiverged(f"{target.slug}: the history of {target.branch} was not rewritten")
        aside = f"refs/selfimprove/replaced/{at:%Y%m%dT%H%M%SZ}-{ours[:12]}"
        with transaction.atomic():
            log.record(
                Event.TARGET_DIVERGENCE_ACCEPTED,
                actor=actor,
                subject=f"target:{target.slug}",
                target=target.slug,
                at=at,
                reason=reason,
                facts={"replaced": ours, "accepted": theirs, "kept_as": aside},
            )
            repository.update_ref(aside, ours, repository.ref(aside) or ZERO)
            repository.update_ref(ref, theirs, ours)
        _store(target, _judge(repository, target), at)
    return target


def _look(target: Target) -> Standing:
    repository = Repository.of(target)
    repository.fetch()
    return _judge(repository, target)


def _judge(repository: Repository, target: Target) -> Standing:
    """Tell the state from what was last fetched; adopt a branch that we did not have yet."""
    branch = target.branch
    theirs = repository.remote_head(branch)
    if theirs is None:
        return _without_branch(repository, target)
    try:
        ours = repository.ref(f"refs/heads/{branch}")
        if ours is None:
            repository.update_ref(f"refs/heads/{branch}", theirs, ZERO)
            ours = theirs
    except RefMoved:
        ours = repository.head(branch)
    if repository.is_ancestor(theirs, ours):
        return Standing(State.READY, f"The branch {branch} was read at {ours[:12]}.", ours)
    if repository.is_ancestor(ours, theirs):
        return Standing(State.READY, f"The branch {branch} was read at {theirs[:12]}.", theirs)
    return Standing(State.DIVERGED, _diverged(target, ours, theirs), ours)


def _without_branch(repository: Repository, target: Target) -> Standing:
    branches = [name.removeprefix("refs/remotes/origin/") for name in
                repository.refs("refs/remotes/origin")]  # fmt: skip
    if not branches:
        detail = f"The repository has no commit yet. Push the first one to {target.branch}."
    else:
        shown = ", ".join(branches[:5])
        detail = (
            f"The repository has no branch {target.branch}. It has: {shown}."
            " Push the branch, or choose another one in the target's settings."
        )
    return Standing(State.EMPTY, detail, target.head_commit)


def _diverged(target: Target, ours: str, theirs: str) -> str:
    return (
        f"The history of {target.branch} was rewritten at the origin: it is at {theirs[:12]},"
        f" which does not contain {ours[:12]}, where we had read it. Both are kept and nothing"
        f" is delivered meanwhile. If this was meant, accept it: manage.py target accept"
        f" --slug {target.slug} --reason WHY"
    )


def _advice(target: Target, words: str) -> str:
    plain = " ".join(line.removeprefix("fatal: ").strip() for line in words.splitlines() if line)
    hint = "Check the path or address, that it is there, and that this user may read it."
    if "dubious ownership" in words:
        plain = "git does not trust a repository that belongs to another user."
        hint = f"Give {target.origin} to the user that selfimprove runs as."
    return f"Git says: {plain} {hint}"


def _store(target: Target, standing: Standing, now: datetime) -> None:
    with transaction.atomic():
        row = Target.objects.select_for_update().get(pk=target.pk)
        before = row.state
        target.state, target.state_detail = standing.state, standing.detail
        target.head_commit, target.fetched_at = standing.head, now
        target.save(update_fields=["state", "state_detail", "head_commit", "fetched_at"])
        if before != standing.state:
            log.record(
                Event.TARGET_STATE_CHANGED,
                actor=Actor.system("targets"),
                subject=f"target:{target.slug}",
                target=target.slug,
                at=now,
                reason=standing.detail,
                facts={"from": str(before), "to": str(standing.state), "head": standing.head},
            )


def _sentence(error: ValidationError) -> str:
    return "; ".join(
        f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()
    )
