"""What becomes of a delivery whose origin vanishes, refuses or is rewritten under it?"""

from pathlib import Path

import pytest

from audit.log import Actor
from delivery import revert
from delivery.models import Delivery, Outcome, Result
from tests.delivery.scene import Scene, make_scene
from tests.factories import git

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


def refuse(scene: Scene, *, branch: str = "", words: str = "rejected by policy 7") -> Path:
    """Let the origin refuse pushes, of all branches or of one."""
    hook = Path(scene.target.origin) / "hooks" / "pre-receive"
    only = f'grep -q " refs/heads/{branch}$" || exit 0' if branch else "true"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{only}\necho '{words}' >&2\nexit 1\n")
    hook.chmod(0o755)
    return hook


def drive_on(scene: Scene, delivery: Delivery, *, hours: int = 1) -> str:
    scene.clock.forward(hours=hours)
    scene.drive(delivery)
    return delivery.detail


def test_an_origin_that_vanishes_is_waited_for_and_gone_on_with(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "branch")
    origin = Path(scene.target.origin)
    away = origin.rename(origin.with_name("away.git"))
    detail = drive_on(scene, delivery, hours=0)
    assert delivery.runs.filter(result=Result.ERRORED).exists()
    assert "does not" in detail or "not" in detail
    away.rename(origin)
    drive_on(scene, delivery)
    assert delivery.merge_commit
    assert scene.timeout_on_main() == "1200"


def test_a_push_that_is_refused_ends_in_the_origins_own_words(scene: Scene) -> None:
    refuse(scene)
    delivery = scene.begin()
    for _ in range(8):
        drive_on(scene, delivery, hours=0)
        scene.clock.forward(minutes=40)
    assert delivery.outcome == Outcome.FAILED
    said = " ".join(run.message for run in delivery.runs.all())
    assert "rejected by policy 7" in said
    assert scene.timeout_on_main() == "400"
    assert scene.branches() == ["main"]


def test_a_base_that_was_rewritten_is_not_merged_into_blindly(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    work = scene.folder / "rewriting"
    git(scene.folder, "clone", "--quiet", scene.target.origin, work.name)
    git(work, "checkout", "--quiet", "--orphan", "other")
    git(work, "commit", "--quiet", "-m", "Begin anew")
    git(work, "push", "--quiet", "--force", "origin", "other:main")
    drive_on(scene, delivery, hours=0)
    root = scene.origin("rev-list", "--max-parents=0", "main").split()
    assert len(root) == 1, "the two histories were not tied together"


def test_a_branch_that_somebody_pushed_over_is_not_merged(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    scene.origin(
        "update-ref", f"refs/heads/{delivery.branch}", scene.origin("rev-parse", "main~0")
    )
    work = scene.folder / "over"
    git(scene.folder, "clone", "--quiet", scene.target.origin, work.name)
    (work / "SYSTEM_CONTRACT.md").write_text("Anything goes.\n")
    git(work, "commit", "--quiet", "-am", "Sneak in")
    git(work, "push", "--quiet", "--force", "origin", f"HEAD:{delivery.branch}")
    drive_on(scene, delivery, hours=0)
    assert not delivery.merge_commit
    assert "Anything goes" not in scene.origin("show", "main:SYSTEM_CONTRACT.md")
    assert "was to be merged" in " ".join(run.message for run in delivery.runs.all())


def test_a_protected_branch_that_takes_no_revert_calls_a_person(scene: Scene) -> None:
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.merge_commit
    refuse(scene, branch="main", words="protected branch hook declined")
    revert.request(delivery, actor=ADA, reason="It fails.", at=scene.clock())
    for _ in range(8):
        drive_on(scene, delivery, hours=0)
        scene.clock.forward(minutes=40)
    assert delivery.outcome == Outcome.FAILED
    assert "A person is needed" in delivery.detail
    assert "protected branch hook declined" in " ".join(run.message for run in delivery.runs.all())
