"""Does a program have the delivery's own stages look now, and learn how far they are?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from audit.log import Actor
from audit.models import Entry
from delivery import tasks
from delivery.models import Delivery
from proposals.models import Proposal, Status
from selfimprove import switch
from selfimprove.wakes import WAKES
from targets.models import State, Target
from telemetry.doors.models import Scope
from tests.api.called import DECIDER, Program, error, program, said
from tests.delivery.scene import Scene, just_now, make_scene
from tests.factories import make_proposal, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


@pytest.fixture
def judge(scene: Scene) -> Program:
    return program(scene.target, *DECIDER)


def where(scene: Scene, act: str) -> str:
    return f"proposals/{scene.proposal.pk}/{act}"


def test_a_branch_that_is_to_come_is_asked_for_and_wakes_the_delivery(
    scene: Scene, judge: Program
) -> None:
    told = said(judge.post(where(scene, "branch")), 202)
    assert told["stage"]["state"] == "not begun"
    assert told["delivery"] is None
    assert not Delivery.objects.exists()  # the delivery's own tick begins it
    entry = Entry.objects.get(event="delivery.asked")
    assert entry.subject == f"proposal:{scene.proposal.pk}"
    assert (entry.facts["stage"], entry.facts["door"]) == ("branch", "api")
    assert entry.who == judge.person.username
    assert "delivery.deliver" in WAKES[entry.event]


def test_what_has_passed_is_told_and_nothing_is_asked(scene: Scene, judge: Program) -> None:
    delivery = scene.drive_until(scene.begin(), "validate")
    told = said(judge.post(where(scene, "branch")), 200)
    assert told["stage"]["state"] == "passed"
    assert told["delivery"]["branch"] == delivery.branch
    assert told["delivery"]["branch_commit"] == delivery.branch_commit
    assert not Entry.objects.filter(event="delivery.asked").exists()
    assert said(judge.post(where(scene, "validate")), 202)["stage"]["state"] == "to come"


def test_the_branch_holds_the_approved_patch_and_the_pull_request_follows(
    scene: Scene, judge: Program
) -> None:
    assert said(judge.post(where(scene, "pull-request")), 202)
    just_now()
    tasks.deliver()
    told = said(judge.post(where(scene, "pull-request")), 200)
    assert told["delivery"]["pull_request"] == 1
    assert said(judge.post(where(scene, "validate")), 200)["stage"]["state"] == "passed"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"base_commit": "0" * 40}, "base_commit: the proposal is to"),
        ({"patch": "--- a/x\n+++ b/x\n"}, "patch: it is not the one of the proposal"),
    ],
)
def test_another_patch_or_base_is_never_written(
    scene: Scene, judge: Program, given: dict[str, str], words: str
) -> None:
    assert words in error(judge.post(where(scene, "branch"), given), 409)
    assert not Entry.objects.filter(event="delivery.asked").exists()


def test_the_very_patch_and_base_are_taken(scene: Scene, judge: Program) -> None:
    given = {"base_commit": scene.proposal.base_commit, "patch": scene.proposal.diff}
    said(judge.post(where(scene, "branch"), given), 202)


@pytest.mark.parametrize("act", ["branch", "pull-request"])
@pytest.mark.parametrize("status", [Status.PENDING, Status.REJECTED, Status.SUPERSEDED])
def test_only_what_is_approved_is_delivered(
    scene: Scene, judge: Program, act: str, status: str
) -> None:
    proposal = make_proposal(scene.target, status=status)
    words = error(judge.post(f"proposals/{proposal.pk}/{act}"), 409)
    assert "only an approved one is delivered" in words
    assert not Delivery.objects.exists()


def test_while_the_loop_or_the_target_is_paused_it_says_so(scene: Scene, judge: Program) -> None:
    Target.objects.update(paused=True)
    assert "gateway is paused" in error(judge.post(where(scene, "branch")), 409)
    Target.objects.update(paused=False, state=State.DIVERGED)
    assert "History was rewritten" in error(judge.post(where(scene, "branch")), 409)
    Target.objects.update(state=State.READY)
    switch.pause(actor=Actor("person", "ada"), reason="A holiday", at=timezone.now())
    assert "The loop is paused" in error(judge.post(where(scene, "branch")), 409)
    assert not Entry.objects.filter(event="delivery.asked").exists()


def test_a_delivery_that_was_turned_back_says_why(scene: Scene, judge: Program) -> None:
    Proposal.objects.filter(pk=scene.proposal.pk).update(diff=scene.proposal.diff + " ")
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.outcome == "FAILED"
    words = error(judge.post(where(scene, "branch")), 409)
    assert "only an approved one is delivered" in words


def test_another_check_before_review_is_asked_for(scene: Scene, judge: Program) -> None:
    proposal = make_proposal(scene.target)
    told = said(judge.post(f"proposals/{proposal.pk}/validate"), 202)
    assert told["stage"]["state"] == "running"
    proposal.refresh_from_db()
    assert proposal.report is not None
    assert proposal.report.anew
    entry = Entry.objects.get(event="check.asked")
    assert (entry.who, entry.facts["door"]) == (judge.person.username, "api")


def test_a_check_that_is_on_its_way_is_not_asked_for_twice(scene: Scene, judge: Program) -> None:
    proposal = make_proposal(scene.target)
    Proposal.objects.filter(pk=proposal.pk).update(report=None)
    told = said(judge.post(f"proposals/{proposal.pk}/validate"), 202)
    assert "on its way" in told["stage"]["said"]
    assert not Entry.objects.filter(event="check.asked").exists()


def test_whoever_may_only_have_checks_made_moves_no_delivery(scene: Scene) -> None:
    operator = make_user("operator")
    may = Permission.objects.filter(codename__in=["stop_check", "view_proposal"])
    operator.groups.get().permissions.add(*may)
    checker = program(scene.target, Scope.CHANGES_CHECK, person=operator)
    assert said(checker.post(where(scene, "validate")), 202)["stage"]["state"] == "not begun"
    assert not Entry.objects.filter(event="delivery.asked").exists()
    assert "not for proposals:decide" in error(checker.post(where(scene, "branch")), 403)


def test_what_waits_for_its_usual_pause_looks_now_and_who_errs_does_not(
    scene: Scene, judge: Program
) -> None:
    delivery = scene.drive_until(scene.begin(), "validate")
    soon = timezone.now() + timedelta(seconds=30)
    Delivery.objects.update(next_step_at=soon)
    said(judge.post(where(scene, "pull-request")), 202)
    delivery.refresh_from_db()
    assert delivery.next_step_at < soon
    Delivery.objects.update(next_step_at=soon, errors_in_row=2)
    said(judge.post(where(scene, "pull-request")), 202)
    delivery.refresh_from_db()
    assert delivery.next_step_at == soon
