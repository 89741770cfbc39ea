"""Does a rehearsal go the way of a delivery, there and back, and does it touch nothing?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from audit.events import Event
from audit.models import Entry
from delivery import rehearsal, tasks
from ports.sandbox import Level, adapters
from proposals.models import Proposal, Status
from proposals.rehearsed.records import Rehearsal, Result, StepResult, Way
from selfimprove.config import Sandbox
from targets import registry
from targets.repository import Repository
from tests.delivery.scene import MANIFEST, Scene, changed_tools, make_scene
from tests.factories import NOW, commit_to_origin, make_proposal, tools_diff

pytestmark = pytest.mark.django_db

CHECK = (
    "import sys, pathlib; text = pathlib.Path('config/tools.yaml').read_text();"
    " print(text.split('timeout_ms: ')[1].split()[0]); sys.exit({code})"
)
DRY = MANIFEST + 'dry_command = ["python3", "-c", "{check}"]\n'
TOO_MUCH = "int('timeout_ms: 1300' in text)"
LOW = "int('timeout_ms: 400' in text)"


def waiting(folder: Path, manifest: str = MANIFEST, *, timeout: int = 1300) -> Scene:
    """Make a deployed target with a checked proposal that nobody has rehearsed."""
    scene = make_scene(folder, manifest=manifest)
    scene.proposal = make_proposal(scene.target, diff=tools_diff(timeout))
    Rehearsal.objects.all().delete()
    scene.proposal.refresh_from_db()
    return scene


def dry(code: str = "0") -> str:
    return DRY.format(check=CHECK.format(code=code))


def moved(scene: Scene, old: str, new: str) -> str:
    """Commit to the branch from outside and notice it."""
    head = commit_to_origin(scene.target, changed_tools(old, new))
    registry.refresh(scene.target, NOW)
    scene.proposal = Proposal.objects.get(pk=scene.proposal.pk)
    return head


def test_a_change_goes_in_and_comes_out_as_it_went_in(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    kept = rehearsal.rehearse(scene.proposal, NOW)
    head = scene.target.head_commit
    tree = scene.origin("rev-parse", "main^{tree}")
    assert kept.result == Result.REHEARSED
    assert (kept.head_commit, kept.tree) == (head, tree)
    assert kept.changed_tree not in ("", tree)
    assert kept.words == (
        f"Rollback rehearsed: applied to {head[:12]}, 1 deploy step, reverted,"
        f" tree equal to {tree[:12]}."
    )


def test_the_steps_are_listed_out_and_back_with_their_limits(tmp_path: Path) -> None:
    kept = rehearsal.rehearse(waiting(tmp_path).proposal, NOW)
    assert [
        (step.way, step.name, step.command, step.timeout_seconds, step.result)
        for step in kept.steps.all()
    ] == [
        (way, "reload", "python3 ops/reload.py", 20, StepResult.LISTED)
        for way in (Way.OUT, Way.BACK)
    ]


def test_nothing_that_others_see_is_touched(tmp_path: Path) -> None:
    scene = waiting(tmp_path, dry())
    repository = Repository.of(scene.target)
    before = (repository.refs("refs"), scene.branches(), scene.timeout_on_main())
    live = (tmp_path / "live" / "config" / "tools.yaml").read_text()
    rehearsal.rehearse(scene.proposal, NOW)
    assert (repository.refs("refs"), scene.branches(), scene.timeout_on_main()) == before
    assert (tmp_path / "live" / "config" / "tools.yaml").read_text() == live
    assert scene.reloads() == []
    assert Proposal.objects.get(pk=scene.proposal.pk).status == Status.PENDING


def test_a_dry_form_is_run_with_the_change_and_without_it_again(tmp_path: Path) -> None:
    kept = rehearsal.rehearse(waiting(tmp_path, dry()).proposal, NOW)
    assert kept.result == Result.REHEARSED
    assert [(s.way, s.result, s.output, s.level) for s in kept.steps.all()] == [
        (Way.OUT, StepResult.PASSED, "1300", Level.L0),
        (Way.BACK, StepResult.PASSED, "400", Level.L0),
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (TOO_MUCH, "The dry form of “reload” fails with the change."),
        (LOW, "The dry form of “reload” fails once it is taken back, without it."),
        ("1", "The dry form of “reload” fails with the change and once it is taken back,"
              " without it."),
    ],
    ids=["with", "without", "both"],
)  # fmt: skip
def test_a_dry_form_that_fails_says_on_which_way(tmp_path: Path, code: str, words: str) -> None:
    kept = rehearsal.rehearse(waiting(tmp_path, dry(code)).proposal, NOW)
    assert (kept.result, kept.words) == (Result.STEP_FAILED, words)


def test_a_dry_form_without_an_end_is_ended(tmp_path: Path) -> None:
    manifest = MANIFEST.replace("timeout_seconds = 20", "timeout_seconds = 0.5")
    manifest += 'dry_command = ["python3", "-c", "import time; time.sleep(60)"]\n'
    kept = rehearsal.rehearse(waiting(tmp_path, manifest).proposal, NOW)
    assert kept.result == Result.STEP_FAILED
    assert "timed out" in kept.steps.all()[0].output


def test_secrets_in_what_a_dry_form_says_are_not_kept(tmp_path: Path) -> None:
    command = "print('to=' + 'dana' + '@' + 'example.com')"
    manifest = f'{MANIFEST}dry_command = ["python3", "-c", "{command}"]\n'
    kept = rehearsal.rehearse(waiting(tmp_path, manifest).proposal, NOW)
    assert "dana@" not in kept.steps.all()[0].output
    assert "to=" in kept.steps.all()[0].output


def test_a_step_that_no_changed_path_calls_for_is_not_listed(tmp_path: Path) -> None:
    manifest = MANIFEST.replace("config/**", "gateway/**")
    kept = rehearsal.rehearse(waiting(tmp_path, manifest).proposal, NOW)
    assert "no deploy step called for" in kept.words
    assert not kept.steps.exists()


def test_a_target_that_is_not_deployed_has_no_steps(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    scene.target.deploy_path = ""
    scene.target.save()
    proposal = Proposal.objects.select_related("target").get(pk=scene.proposal.pk)
    assert rehearsal.rehearse(proposal, NOW).steps.count() == 0


def test_a_branch_that_moved_aside_is_no_obstacle(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    head = moved(scene, "retries: 1", "retries: 2")
    kept = rehearsal.rehearse(scene.proposal, NOW)
    assert (kept.result, kept.head_commit) == (Result.REHEARSED, head)
    assert kept.tree == scene.origin("rev-parse", "main^{tree}")


def test_a_conflict_with_the_branch_names_the_files(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    head = moved(scene, "timeout_ms: 400", "timeout_ms: 500")
    kept = rehearsal.rehearse(scene.proposal, NOW)
    assert kept.result == Result.CONFLICTS
    assert kept.words == (
        f"It cannot be put onto {head[:12]} as the branch is now: conflict in config/tools.yaml."
    )
    assert not kept.steps.exists()


def test_without_a_sandbox_a_dry_form_could_not_be_rehearsed(
    tmp_path: Path, settings: LazySettings
) -> None:
    scene = waiting(tmp_path, dry())
    refusing = Sandbox(backend=adapters.REFUSING)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": refusing})
    kept = rehearsal.rehearse(scene.proposal, NOW)
    assert kept.result == Result.COULD_NOT_RUN
    assert "lets no code of a target run" in kept.words


def test_a_manifest_that_cannot_be_read_could_not_be_rehearsed(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    commit_to_origin(scene.target, {".selfimprove.toml": "[tests\n"})
    registry.refresh(scene.target, NOW)
    proposal = Proposal.objects.select_related("target").get(pk=scene.proposal.pk)
    kept = rehearsal.rehearse(proposal, NOW)
    assert kept.result == Result.COULD_NOT_RUN
    assert ".selfimprove.toml" in kept.words


def test_the_log_holds_each_rehearsal_and_cites_the_proposal(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    kept = rehearsal.rehearse(scene.proposal, NOW)
    [entry] = Entry.objects.filter(event=Event.PROPOSAL_REHEARSED)
    assert entry.facts == {
        "outcome": "REHEARSED",
        "head": kept.head_commit,
        "tree": kept.tree,
        "diff": scene.proposal.diff_digest,
        "policy": kept.policy_digest,
        "steps": 2,
    }
    assert entry.subject == f"proposal:{scene.proposal.pk}"


def test_the_tick_rehearses_what_was_checked_once(tmp_path: Path) -> None:
    waiting(tmp_path)
    assert tasks.rehearse() == "1 rehearsed"
    assert tasks.rehearse() == "0 rehearsed"


def test_what_was_not_checked_is_not_rehearsed(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    Proposal.objects.update(report=None)
    assert tasks.rehearse() == "0 rehearsed"
    assert not Rehearsal.objects.filter(proposal=scene.proposal).exists()


def test_it_is_repeated_when_the_head_moves(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    tasks.rehearse()
    head = moved(scene, "retries: 1", "retries: 2")
    assert tasks.rehearse() == "1 rehearsed"
    assert Rehearsal.objects.get(proposal=scene.proposal).head_commit == head
    assert Rehearsal.objects.filter(proposal=scene.proposal).count() == 1


@pytest.mark.parametrize("column", ["diff_digest", "policy_digest"])
def test_it_is_repeated_when_diff_or_rules_are_others(tmp_path: Path, column: str) -> None:
    waiting(tmp_path)
    tasks.rehearse()
    Rehearsal.objects.update(**{column: "0" * 64})
    assert tasks.rehearse() == "1 rehearsed"


def test_what_could_not_be_rehearsed_is_tried_again_after_a_while(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    rehearsal.rehearse(scene.proposal, NOW)
    Rehearsal.objects.update(result=Result.COULD_NOT_RUN)
    assert not rehearsal.waiting(NOW + timedelta(minutes=9)).exists()
    assert rehearsal.waiting(NOW + timedelta(minutes=11)).get() == scene.proposal
