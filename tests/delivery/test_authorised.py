"""Is no branch written, no pull request opened and nothing merged without the policies' yes?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from audit.log import Actor
from audit.models import Entry
from delivery import revert, tasks
from delivery.models import Delivery, Outcome
from proposals.authorising.approved import is_approved
from proposals.models import Proposal, Review, Status
from tests import factories
from tests.delivery.scene import MANIFEST, Scene, make_scene
from validation.authorising.records import Ruling
from validation.authorising.sources import in_force

pytestmark = pytest.mark.django_db

FROZEN = """
@id("frozen")
@says("Nothing goes in while the release is made.")
forbid (principal, action == Action::"%s", resource);
"""
POLICIES = MANIFEST + '\n[policies]\nfiles = ["ops/policies/*.cedar"]\n'


def tightened(scene: Scene, action: str, text: str = FROZEN) -> None:
    """Let the target forbid one kind of write, from its present head on."""
    words = text % action if "%s" in text else text
    factories.commit_to_origin(
        scene.target, {".selfimprove.toml": POLICIES, "ops/policies/freeze.cedar": words}
    )


def asked(delivery: Delivery) -> list[tuple[str, str, bool, list[str]]]:
    """List what the log says was asked, and what the answer was."""
    rows = Entry.objects.filter(subject=f"delivery:{delivery.pk}").order_by("id")
    said = [(row.event.partition(".")[2], row.facts.get("authorised")) for row in rows]
    return [
        (event, ruled["action"], ruled["permitted"], ruled["policies"])
        for event, ruled in said
        if ruled
    ]


def test_each_write_is_asked_for_before_it_happens_and_stands_in_the_log(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "watch"
    assert asked(delivery) == [
        ("authorised", "write_branch", True, ["base"]),
        ("authorised", "open_pull_request", True, ["base"]),
        ("authorised", "merge", True, ["base"]),
    ]
    facts = Entry.objects.filter(event="delivery.authorised").latest("id").facts["authorised"]
    assert facts["principal"] == 'Agent::"EvalAgent"'
    assert facts["set"] == in_force().digest
    rulings = Ruling.objects.filter(target=scene.target, policy="base", permitted=True)
    assert sorted(rulings.values_list("action", flat=True)) == [
        *("merge", "open_pull_request", "propose", "write_branch"),
    ]


@pytest.mark.parametrize(
    ("action", "stage", "branches"),
    [
        ("write_branch", "branch", 0),
        ("open_pull_request", "pull_request", 1),
        ("merge", "merge", 1),
    ],
)
def test_a_denial_brings_it_back_before_people_and_nothing_is_written(
    tmp_path: Path, action: str, stage: str, branches: int
) -> None:
    scene = make_scene(tmp_path)
    tightened(scene, action)
    before = scene.origin("rev-parse", "main")
    delivery = scene.drive_until(scene.begin(), stage)
    assert len([name for name in scene.branches() if "proposal-" in name]) == branches
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    words = action.replace("_", " ")
    assert delivery.detail == f"The policies do not let it {words}: denied by frozen."
    assert asked(delivery)[-1] == ("denied", action, False, ["frozen"])
    assert scene.origin("rev-parse", "main") == before
    tasks.deliver()
    assert scene.branches() == ["main"]
    assert scene.proposal.status == Status.PENDING
    assert scene.proposal.reason == delivery.detail
    assert Entry.objects.get(event="proposal.lapsed").facts["rule"] == "denied"
    run = delivery.runs.get(stage=stage)
    assert run.output == "frozen: Nothing goes in while the release is made."


def test_policies_that_cannot_be_read_are_our_fault_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    scene = make_scene(tmp_path)
    tightened(scene, "", "forbid (principal, action);\n")
    delivery = scene.begin()
    scene.drive(delivery)
    run = delivery.runs.filter(stage="branch").latest("id")
    assert run.result == "ERRORED"
    assert "ops/policies/freeze.cedar:1" in run.message
    assert asked(delivery) == []
    assert scene.branches() == ["main"]


def test_a_policy_that_comes_while_it_is_delivered_still_holds(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    tightened(scene, "write_branch")
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert "denied by frozen" in delivery.detail


def test_approvals_of_something_else_are_none(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "pull_request")
    Review.objects.update(diff_digest="0" * 64)
    assert not is_approved(scene.proposal)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert delivery.detail.endswith("open pull request: denied by judge.")


def test_one_of_two_approvals_is_not_enough_where_the_risk_asks_for_both(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    Proposal.objects.update(risk="high")
    scene.proposal.refresh_from_db()
    assert not is_approved(scene.proposal)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert "denied by judge" in delivery.detail


def test_an_operator_can_stop_what_is_on_its_way(tmp_path: Path, settings: LazySettings) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "freeze.cedar").write_text(FROZEN % "merge")
    section = settings.SELFIMPROVE.validation.model_copy(update={"own_policies": str(folder)})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"validation": section})
    scene.clock.forward(minutes=1)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert "The approval is void: the rules changed" in delivery.detail


def test_taking_back_asks_nobody(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    told = len(asked(delivery))
    tightened(scene, "merge", FROZEN.replace(' == Action::"%s"', ""))

    at = scene.clock.forward(minutes=1) + timedelta(seconds=1)
    revert.request(delivery, actor=Actor("person", "ada"), reason="It fails.", at=at)
    scene.clock.forward(minutes=1)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.REVERTED
    assert len(asked(delivery)) == told
