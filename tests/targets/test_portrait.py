"""Does the picture of a target follow its clone, and name what keeps it from being drawn?"""

from pathlib import Path

import pytest

from audit.log import Actor
from targets import manifest, portrait, registry
from targets.models import State, Target
from targets.repository import Repository
from tests.targets.origins import AT, make_origin

pytestmark = pytest.mark.django_db


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    return make_origin(tmp_path / "origin.git")


@pytest.fixture
def target(origin: Repository) -> Target:
    target = registry.add(
        slug="g", name="", origin=str(origin.git_dir), actor=Actor.system("test"), at=AT
    )
    return registry.refresh(target, AT)


def test_every_state_has_a_tone() -> None:
    assert set(portrait.TONES) == set(State)


def test_it_shows_the_newest_commits_and_the_defaults(target: Target) -> None:
    drawn = portrait.of(target)
    assert (drawn.tone, drawn.trouble) == ("good", "")
    assert [commit.subject for commit in drawn.commits] == ["Begin"]
    assert drawn.manifest == manifest.Manifest()


def test_no_more_commits_than_fit_are_shown(target: Target, origin: Repository) -> None:
    for number in range(portrait.COMMITS + 4):
        origin.commit_files("main", {"n.txt": str(number).encode()}, f"Commit {number}", AT)
    registry.refresh(target, AT)
    drawn = portrait.of(target)
    assert len(drawn.commits) == portrait.COMMITS
    assert drawn.commits[0].subject == f"Commit {portrait.COMMITS + 3}"


def test_it_shows_what_was_read_and_not_what_the_origin_has_meanwhile(
    target: Target, origin: Repository
) -> None:
    declared = b'[tests]\ncommand = ["make"]\n'
    origin.commit_files("main", {manifest.FILE: declared}, "Declare", AT)
    before = portrait.of(target).manifest
    assert before is not None
    assert before.tests.command == ()
    registry.refresh(target, AT)
    after = portrait.of(target).manifest
    assert after is not None
    assert after.tests.command == ("make",)


def test_a_wrong_manifest_leaves_the_commits_visible(target: Target, origin: Repository) -> None:
    origin.commit_files("main", {manifest.FILE: b"not toml"}, "Break", AT)
    registry.refresh(target, AT)
    drawn = portrait.of(target)
    assert drawn.manifest is None
    assert "not TOML" in drawn.trouble
    assert drawn.commits[0].subject == "Break"


def test_an_unreachable_target_still_shows_what_was_read(
    target: Target, origin: Repository, tmp_path: Path
) -> None:
    origin.git_dir.rename(tmp_path / "away.git")
    registry.refresh(target, AT)
    drawn = portrait.of(target)
    assert (drawn.tone, drawn.trouble) == ("bad", "")
    assert len(drawn.commits) == 1


def test_a_branch_that_is_not_there_is_a_sentence(target: Target) -> None:
    target.branch = "trunk"
    assert "there is no branch trunk" in portrait.of(target).trouble
