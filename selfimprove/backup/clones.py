"""How is a managed clone written to one file, and read from one?"""

from pathlib import Path

from django.conf import settings

from ports.git import Git, GitFailed
from selfimprove.backup import CannotRestore
from targets.models import Target
from targets.repository import Repository

SECONDS = 3600.0


def folder() -> Path:
    """Return where the managed clones lie."""
    return Path(settings.DATA_DIR) / "clones"


def bundle(target: Target, place: Path) -> bool:
    """Write every ref of a target's clone to a bundle; return whether there was one."""
    if not (folder() / f"{target.slug}.git" / "HEAD").exists():
        return False
    repository = Repository.of(target)
    with repository.lock():
        if not repository.git.text("for-each-ref", "--count=1"):
            return False
        repository.git.run("bundle", "create", "--quiet", str(place), "--all", timeout=SECONDS)
    return True


def unbundle(slug: str, origin: str, place: Path) -> None:
    """Make a clone again with every ref as it was; raises CannotRestore."""
    repository = Repository.create(folder() / f"{slug}.git", origin=origin)
    try:
        with repository.lock():
            _fetch(repository.git, place)
    except GitFailed as error:
        raise CannotRestore(f"the clone of {slug} cannot be read: {error.words}") from error


def _fetch(git: Git, place: Path) -> None:
    every = "+refs/*:refs/*"
    git.run(
        *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(place), every),
        timeout=SECONDS,
    )
