"""Does an approval that nobody used end, in the open, and only where nothing was begun?"""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from delivery import claims, pipeline, tasks
from delivery.grounds import lapsing
from delivery.models import Delivery, Outcome, Result
from proposals import checks, decision
from proposals.decision import FourEyes
from proposals.lifecycle import IllegalMove
from proposals.models import Proposal, Status
from proposals.publish import publish
from proposals.rebuild import git_from_rows, rows_from_git
from proposals.waiting import approvals
from targets.models import Target
from tests.delivery.scene import APPROVED_AT, Scene, approved_elsewhere, make_scene
from tests.factories import make_proposal, make_report, make_target, make_user

pytestmark = pytest.mark.django_db
LONG = APPROVED_AT + timedelta(days=14)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def _approved(target: Target, risk: str = "low") -> Proposal:
    return make_proposal(target, status=Status.APPROVED, risk=risk)


def _said(proposal: Proposal, person: User, at: datetime) -> Proposal:
    read = proposal.document_digest
    return decision.approve(proposal, reviewer=person, document_digest=read, at=at)


def _lapsed(now: datetime) -> list[Proposal]:
    return lapsing.lapse_overdue(now)


@pytest.mark.parametrize(("risk", "days"), [("low", 14), ("medium", 14), ("high", 7)])
def test_it_ends_after_its_time_by_risk(target: Target, risk: str, days: int) -> None:
    proposal = _approved(target, risk)
    assert proposal.decided_at
    ends = proposal.decided_at + timedelta(days=days)
    assert approvals.ends_at(proposal) == ends
    assert _lapsed(ends - timedelta(seconds=1)) == []
    assert _lapsed(ends) == [proposal]
    assert _lapsed(ends) == []
    proposal.refresh_from_db()
    assert proposal.status == Status.PENDING
    assert proposal.reviewer == ""
    assert Proposal.objects.get(pk=proposal.pk).decided_at is None
    assert proposal.reason == (
        f"The approval ended after {days} days, and it was not merged by then:"
        " look again whether it is still wanted."
    )


def test_the_log_says_so_and_cites_the_approval(target: Target) -> None:
    proposal = _approved(target)
    approval = proposal.transitions.last()
    assert approval
    _lapsed(LONG)
    entry = Entry.objects.get(event="proposal.lapsed")
    assert entry.actor_type == "system"
    assert str(approval.entry_uid) in map(str, entry.cites)
    assert entry.facts["rule"] == "ended"


def test_an_approval_that_ended_counts_no_more_and_can_be_given_anew(target: Target) -> None:
    person = make_user()
    proposal = make_proposal(target)
    _said(proposal, person, APPROVED_AT)
    _lapsed(LONG)
    proposal.refresh_from_db()
    assert decision.approvals(proposal) == []
    later = LONG + timedelta(hours=1)
    moved = _said(proposal, person, later)
    assert moved.status == Status.APPROVED
    assert [one.at for one in decision.approvals(moved)] == [later]


def test_both_voices_are_needed_anew(target: Target) -> None:
    proposal = _approved(target, "critical")
    _lapsed(APPROVED_AT + timedelta(days=3))
    proposal.refresh_from_db()
    person = make_user()
    assert _said(proposal, person, LONG).status == Status.PENDING
    with pytest.raises(FourEyes):
        _said(proposal, person, LONG)
    assert _said(proposal, make_user(), LONG).status == Status.APPROVED


def test_a_delivery_that_only_waits_ends_with_it_and_begins_again(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.drive_until(scene.begin(), "validate")  # keeps the others off
    second = pipeline.begin(approved_elsewhere(scene.target), scene.clock())
    scene.drive(second)
    assert second.runs.last().result == Result.WAITING  # type: ignore[union-attr]
    assert [one.pk for one in _lapsed(LONG)] == [second.proposal_id]
    second.refresh_from_db()
    assert second.outcome == Outcome.ABORTED
    assert second.detail.startswith("The approval ended after 14 days")
    proposal = Proposal.objects.get(pk=second.proposal_id)
    _said(proposal, make_user(), LONG + timedelta(hours=1))
    assert list(lapsing.to_begin()) == [proposal]
    again = pipeline.begin(proposal, LONG + timedelta(hours=2))
    assert (again.pk, again.outcome, again.stage) == (second.pk, "", "snapshot")
    assert pipeline.begin(proposal, LONG + timedelta(hours=3)).version == again.version
    assert list(lapsing.to_begin()) == []


def test_what_has_begun_to_change_something_goes_on(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.drive_until(scene.begin(), "pull_request")
    scene.proposal.refresh_from_db()
    assert scene.proposal.status == Status.APPROVED
    assert _lapsed(LONG) == []


def test_a_worker_that_is_at_it_is_not_disturbed(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    lease = claims.take(delivery.pk, LONG)
    assert lease
    assert _lapsed(LONG) == []
    claims.release(lease)
    assert _lapsed(LONG) == [scene.proposal]


def test_who_was_superseded_in_the_same_moment_stays_so(target: Target) -> None:
    proposal = _approved(target)
    approvals.ask_again(
        proposal, reason="First.", actor=checks.SYSTEM, at=LONG - timedelta(seconds=1)
    )
    assert lapsing._asked_again(proposal, None, "ended", "It ended.", LONG) is None
    with pytest.raises(IllegalMove):
        approvals.ask_again(proposal, reason="Second.", actor=checks.SYSTEM, at=LONG)


def test_a_worker_that_dies_in_the_middle_leaves_both_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()

    class Killed(BaseException):
        """Stands for a worker that is gone."""

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(approvals, "ask_again", dies)
        with pytest.raises(Killed):
            _lapsed(LONG)
    delivery.refresh_from_db()
    assert delivery.outcome == ""
    assert Proposal.objects.get(pk=scene.proposal.pk).status == Status.APPROVED
    assert _lapsed(LONG) == [scene.proposal]


def test_git_and_the_rows_tell_each_other_of_it(target: Target) -> None:
    proposal = _approved(target)
    publish(target, LONG)
    _lapsed(LONG)
    publish(target, LONG)
    assert rows_from_git(target).unreadable == ()
    proposal.refresh_from_db()
    assert (proposal.status, proposal.reviewer) == (Status.PENDING, "")
    assert git_from_rows(target).written == 0


def test_the_page_counts_down_and_tells_afterwards(target: Target, client: Client) -> None:
    client.force_login(make_user())
    proposal = make_proposal(target, at=timezone.now() - timedelta(days=11, hours=1))
    make_report(proposal)
    _said(proposal, make_user(), timezone.now() - timedelta(days=11, minutes=30))
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert "The approval ends in 2 days, unless it is merged by then." in page
    _lapsed(timezone.now() + timedelta(days=4))
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert "It was approved before. The approval ended after 14 days" in page
    assert "This approval ended; it no longer counts." in page
    assert "Approve this change" in page


def test_what_has_ended_is_not_acted_on_before_the_tick_comes_by(target: Target) -> None:
    make_proposal(target, status=Status.APPROVED, at=timezone.now() - timedelta(days=20))
    assert tasks.deliver().startswith("0 begun, 0 stages run")
    assert Proposal.objects.get().status == Status.PENDING


def test_the_tick_says_how_many(target: Target) -> None:
    make_proposal(target, status=Status.APPROVED, at=timezone.now() - timedelta(days=20))
    assert tasks.lapse() == "1 approvals ended"
    assert tasks.lapse() == "0 approvals ended"
    assert not Delivery.objects.exists()


def test_a_delivery_is_begun_by_the_tick_after_a_new_approval(tmp_path: Path) -> None:
    scene: Scene = make_scene(tmp_path)
    delivery = scene.begin()
    _lapsed(LONG)
    proposal = Proposal.objects.get(pk=scene.proposal.pk)
    _said(proposal, make_user(), timezone.now())
    assert tasks.deliver().startswith("1 begun")
    delivery.refresh_from_db()
    assert delivery.outcome == ""
    assert delivery.stage not in ("snapshot", "")


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_end_it_once(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.begin()
    gate = threading.Barrier(2)
    ended: list[Proposal] = []

    def look() -> None:
        gate.wait()
        try:
            ended.extend(_lapsed(LONG))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 1
    assert Entry.objects.filter(event="proposal.lapsed").count() == 1
    assert Entry.objects.filter(event="delivery.ended").count() == 1


def test_a_paused_target_keeps_no_approval_for_ever(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.target.paused = True
    scene.target.save()
    delivery = scene.begin()
    scene.drive(delivery)
    assert not delivery.runs.exists()
    assert _lapsed(LONG) == [scene.proposal]
    delivery.refresh_from_db()
    assert delivery.outcome == Outcome.ABORTED
    assert list(lapsing.to_begin()) == []


def test_one_that_ended_twice_begins_a_third_time(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.begin()
    moment: datetime = LONG
    for number in range(1, 4):
        assert _lapsed(moment) == [scene.proposal]
        proposal = Proposal.objects.get(pk=scene.proposal.pk)
        _said(proposal, make_user(), moment + timedelta(hours=1))
        delivery = pipeline.begin(proposal, moment + timedelta(hours=2))
        assert delivery.outcome == ""
        assert Entry.objects.filter(event="proposal.lapsed").count() == number
        moment += timedelta(days=15)
    assert Delivery.objects.count() == 1
