"""What do tests of runs measure: commits of a real repository, by benchmarks that are quick."""

import sys
from collections.abc import Mapping
from pathlib import Path

from django.conf import LazySettings

from audit.log import Actor
from benchmarks.names import NAMES
from benchmarks.running import runs
from benchmarks.running.trees import Tree
from targets.models import Target
from targets.repository import Repository
from tests.benchmarks.scenes import CALM
from tests.factories import commit_to_origin, make_target

ADA = Actor("person", "ada")
QUICK = ("lint_score", "code_complexity")


def enable(settings: LazySettings, *names: str) -> None:
    """Let only these benchmarks count, since others take seconds."""
    section = settings.SELFIMPROVE.benchmarks.model_copy(update={"enabled": names or QUICK})
    validation = settings.SELFIMPROVE.validation.model_copy(
        update={"pythons": {"shop": Path(sys.executable)}}
    )
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(
        update={"benchmarks": section, "validation": validation}
    )
    assert set(names) <= set(NAMES)


def shop(tmp_path: Path, files: Mapping[str, str] = CALM) -> Target:
    """Make a target of these files."""
    return make_target(tmp_path, slug="shop", files=files)


def commit(target: Target, files: Mapping[str, str | None]) -> str:
    """Commit files from outside and fetch them."""
    made = commit_to_origin(target, files)
    Repository.of(target).fetch()
    return made


def tree(target: Target, commit: str = "") -> Tree:
    """Return a commit of a target, the first where none is named."""
    return runs.tree_of(target, commit or target.head_commit)
