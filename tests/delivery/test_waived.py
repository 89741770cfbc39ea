"""An approval that relies on a waiver holds as long as the waiver does, and on no other."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from delivery.models import Delivery, Outcome
from proposals import checks, decision
from proposals.models import Proposal, Status
from proposals.waiving import waive
from tests.delivery.scene import Scene, make_scene
from tests.factories import NOW, make_user
from tests.proposals.waived import LINE, make_refused, make_waiver_person, refusing
from validation.models import Report, Waiver
from validation.waiving import acts
from validation.waiving.acts import Wish

pytestmark = pytest.mark.django_db


def approved_by_waiver(scene: Scene, wanda: User, *, days: int = 7) -> Waiver:
    """Walk a change that is refused through a waiver to its approval."""
    proposal = make_refused(scene.target)
    found = refusing(proposal)[0].pk
    waiver = waive(proposal, found, Wish("Our own page.", days), person=wanda, at=NOW)
    checks.check(proposal, NOW)
    fresh = Proposal.objects.get(pk=proposal.pk)
    scene.proposal = decision.approve(
        fresh,
        reviewer=make_user(),
        document_digest=fresh.document_digest,
        at=NOW,
        acknowledged=True,
    )
    return waiver


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


@pytest.fixture
def wanda() -> User:
    return make_waiver_person()


def until_validate(scene: Scene) -> Delivery:
    return scene.drive_until(scene.begin(), "validate")


def test_what_the_approval_relies_on_counts_at_the_delivery_too(scene: Scene, wanda: User) -> None:
    approved_by_waiver(scene, wanda)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "watch", delivery.detail
    report = Report.objects.latest("pk")
    assert report.outcome == "ACKNOWLEDGE"
    assert LINE in scene.origin("show", "main:gateway/limits.py")


def test_a_waiver_that_is_withdrawn_before_the_merge_ends_the_delivery_with_words(
    scene: Scene, wanda: User
) -> None:
    waiver = approved_by_waiver(scene, wanda)
    delivery = until_validate(scene)
    acts.withdraw(waiver, person=wanda, at=scene.clock())
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert delivery.detail.startswith("The approval holds no more. wanda withdrew a waiver")
    assert LINE not in scene.origin("show", "main:gateway/limits.py")


def test_a_waiver_that_expires_before_the_merge_ends_it_too(scene: Scene, wanda: User) -> None:
    waiver = approved_by_waiver(scene, wanda, days=1)
    scene.clock.at = waiver.until - timedelta(minutes=10)
    delivery = until_validate(scene)
    scene.clock.at = waiver.until
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert "expired on 2026-03-03" in delivery.detail


def test_one_that_ends_between_the_gates_and_the_merge_is_noticed(
    scene: Scene, wanda: User
) -> None:
    waiver = approved_by_waiver(scene, wanda)
    delivery = scene.drive_until(scene.begin(), "merge")
    acts.withdraw(waiver, person=wanda, at=scene.clock())
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert "The approval holds no more" in delivery.detail
    assert LINE not in scene.origin("show", "main:gateway/limits.py")


def test_a_waiver_that_nobody_who_approved_has_seen_does_not_count(
    scene: Scene, wanda: User
) -> None:
    """What was approved without any waiver is not carried by one that came later."""
    waiver = approved_by_waiver(scene, wanda)
    report = scene.proposal.report
    assert report is not None
    for result in report.results.all():
        result.findings.filter(waiver=waiver).update(waiver=None)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert "denied by secrets_and_network" in delivery.detail  # before anything is written


def test_after_the_merge_a_withdrawal_changes_nothing(scene: Scene, wanda: User) -> None:
    waiver = approved_by_waiver(scene, wanda)
    delivery = scene.begin()
    scene.drive(delivery)
    acts.withdraw(waiver, person=wanda, at=scene.clock())
    scene.drive(delivery)
    assert delivery.stage == "watch"
    assert delivery.outcome == ""
