"""Nothing is opened, merged, deployed or taken back before its decision is sealed."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import follow, sequencer
from audit.events import Event
from audit.log import Actor
from audit.models import Checkpoint, Entry, Leaf
from audit.proofs import proof_of
from audit.verify import verify
from delivery import gate, plans, revert
from delivery.models import Delivery, Outcome, Result
from proposals.models import Status, Transition
from tests.audit.entries import as_the_owner_of_the_database
from tests.delivery.scene import Scene, make_scene
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")


@pytest.fixture
def nobody_seals() -> Iterator[list[str]]:
    """Let the nudges be heard and nothing come of them."""
    sealers, heard = list(follow._sealers), list[str]()
    follow._sealers[:] = [lambda: heard.append("please")]
    yield heard
    follow._sealers[:] = sealers


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


def test_it_waits_with_words_and_goes_on_once_sealed(
    scene: Scene, nobody_seals: list[str]
) -> None:
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "pull_request"
    assert delivery.detail == "Waits: the log has not sealed the approval yet."
    assert delivery.runs.last().result == Result.WAITING  # type: ignore[union-attr]
    assert nobody_seals
    assert scene.proposal.status == Status.APPROVED
    sequencer.seal(NOW)
    scene.clock.forward(seconds=2)
    scene.drive(delivery)
    assert delivery.stage == "watch"
    assert scene.timeout_on_main() == "1200"


def test_waiting_for_the_seal_adds_nothing_to_the_log(
    scene: Scene, nobody_seals: list[str]
) -> None:
    delivery = scene.begin()
    scene.drive(delivery)
    before = Entry.objects.count()
    for _ in range(3):
        scene.clock.forward(seconds=2)
        scene.drive(delivery)
    assert Entry.objects.count() == before


@pytest.mark.parametrize("stage", ["pull_request", "merge", "deploy"])
def test_each_act_forward_asks_for_the_seal(
    scene: Scene, nobody_seals: list[str], stage: str
) -> None:
    delivery = scene.begin()
    delivery.stage = stage
    assert gate.closed(delivery, NOW) is not None
    sequencer.seal(NOW)
    assert gate.closed(delivery, NOW) is None


def test_taking_back_waits_for_the_seal_of_its_request(
    scene: Scene, nobody_seals: list[str]
) -> None:
    sequencer.seal(NOW)
    delivery = scene.begin()
    scene.drive(delivery)
    revert.request(delivery, actor=ADA, reason="I see it failing.", at=scene.clock())
    scene.drive(delivery)
    assert delivery.detail == "Waits: the log has not sealed the decision to take it back yet."
    assert scene.timeout_on_main() == "1200"
    sequencer.seal(NOW)
    scene.clock.forward(seconds=2)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.REVERTED
    assert scene.timeout_on_main() == "400"


def alarmed(scene: Scene, delivery: Delivery) -> str:
    """Drive to the end, which must not be a change of the target; return the alarm's words."""
    scene.drive(delivery)
    assert delivery.outcome == Outcome.FAILED
    assert scene.proposal.status == Status.FAILED
    assert scene.timeout_on_main() == "400"
    assert not scene.reloads()
    return str(Entry.objects.filter(event=Event.DELIVERY_ALARMED).order_by("id")[0].reason)


def test_an_approval_that_only_the_rows_know_never_deploys(scene: Scene) -> None:
    Transition.objects.filter(destination=Status.APPROVED).update(entry_uid=uuid.uuid4())
    words = alarmed(scene, scene.begin())
    assert "the approval cannot be trusted: the log does not hold it" in words


def test_another_entry_is_no_approval(scene: Scene) -> None:
    delivery = scene.begin()
    created = Entry.objects.get(event=Event.PROPOSAL_CREATED)
    Delivery.objects.filter(pk=delivery.pk).update(approval_uid=created.uid)
    assert "something else under its name" in alarmed(scene, delivery)


def test_the_approval_of_another_change_never_deploys(scene: Scene) -> None:
    delivery = scene.begin()
    delivery.stage = "merge"
    delivery.proposal.diff_digest = "0" * 64
    shut = gate.closed(delivery, NOW)
    assert "another change" in getattr(shut, "reason", "")


def test_an_approval_that_cannot_be_sealed_never_deploys(scene: Scene) -> None:
    approval = Entry.objects.get(event=Event.PROPOSAL_APPROVED)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("UPDATE audit_entry SET leaf_hash='00' WHERE id=%s", [approval.pk])
    sequencer.seal(NOW)
    assert "the log refused to seal it" in alarmed(scene, scene.begin())


def test_a_proof_that_does_not_hold_stops_it(scene: Scene) -> None:
    sequencer.seal(NOW)
    approval = Entry.objects.get(event=Event.PROPOSAL_APPROVED)
    with as_the_owner_of_the_database() as cursor:
        forged = approval.body.replace(str(approval.actor), "p-0000000000000000")
        cursor.execute("UPDATE audit_entry SET body=%s WHERE id=%s", [forged, approval.pk])
    delivery = scene.begin()
    delivery.stage = "deploy"
    assert "does not hold" in getattr(gate.closed(delivery, NOW), "reason", "")
    assert not verify().ok


def test_git_alone_leads_to_the_sealed_approval(scene: Scene) -> None:
    delivery = scene.begin()
    scene.drive(delivery)
    approval = Entry.objects.get(event=Event.PROPOSAL_APPROVED)
    proof = proof_of(approval)
    assert proof is not None
    message = scene.origin("log", "-1", "--format=%B", "main")
    assert f"Audit-Entry: {approval.uid}" in message
    assert f"Audit-Checkpoint: {proof.size} {proof.root}" in message
    assert Checkpoint.objects.filter(size=proof.size, root=proof.root).exists()
    assert Leaf.objects.get(entry=approval).index == proof.index


def test_the_pull_request_carries_the_whole_proof(scene: Scene) -> None:
    from delivery.stages.site import reach

    delivery = scene.begin()
    scene.drive_until(delivery, "merge")
    found = reach(delivery).forge.find(delivery.branch)
    assert found is not None
    proof = proof_of(Entry.objects.get(event=Event.PROPOSAL_APPROVED))
    assert proof is not None
    lines = [f"Audit-Proof: {step}" for step in proof.hashes]
    assert all(line in found.body for line in [f"Audit-Leaf: {proof.index}", *lines])


def test_every_gated_stage_is_a_stage() -> None:
    assert {name for plan in plans.WALKS for name in plans.names(plan)} >= gate.GATED
