"""Does what was already pushed come back before people when its approval holds no more?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from audit.models import Entry
from delivery import gate, pipeline, tasks
from delivery.grounds import lapsing
from delivery.models import Delivery, Outcome, Plan, Result
from delivery.stages.shape import Waiting
from ports.forge import State
from ports.forge.local import LocalForge
from proposals import decision
from proposals.models import Proposal, Status
from proposals.publish import publish
from proposals.rebuild import rows_from_git
from proposals.waiting import binding
from tests.delivery.scene import APPROVED_AT, Scene, make_scene
from tests.factories import make_report, make_user

pytestmark = pytest.mark.django_db
LONG = APPROVED_AT + timedelta(days=14, minutes=5)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


def _forge(scene: Scene) -> LocalForge:
    return LocalForge(Path(scene.target.origin))


def _approved_again(scene: Scene) -> Delivery:
    proposal = Proposal.objects.get(pk=scene.proposal.pk)
    make_report(proposal, at=scene.clock())
    scene.clock.forward(hours=1)
    decision.approve(
        proposal,
        reviewer=make_user(),
        document_digest=proposal.document_digest,
        at=scene.clock(),
    )
    return pipeline.begin(proposal, scene.clock.forward(minutes=1))


def _rules_changed(settings: LazySettings) -> None:
    ours = settings.SELFIMPROVE
    section = ours.validation.model_copy(update={"max_files": ours.validation.max_files + 1})
    settings.SELFIMPROVE = ours.model_copy(update={"validation": section})


def test_a_merge_that_waited_for_weeks_asks_again_and_leaves_nothing_open(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    number = delivery.pull_request
    assert number
    before = scene.origin("rev-parse", "main")
    scene.clock.at = LONG
    scene.drive(delivery)
    assert (delivery.outcome, delivery.merge_commit) == (Outcome.ABORTED, "")
    assert delivery.detail.startswith("The approval ended after 14 days, and it was not merged")
    assert (scene.proposal.status, scene.proposal.reviewer) == (Status.PENDING, "")
    assert decision.approvals(scene.proposal) == []
    assert _forge(scene).status(number).state == State.CLOSED
    assert scene.branches() == ["main"]
    assert scene.origin("rev-parse", "main") == before
    entry = Entry.objects.get(event="proposal.lapsed")
    assert (entry.facts["rule"], entry.facts["delivery"]) == ("ended", delivery.pk)
    tidied = delivery.runs.get(plan=Plan.CLEAN_UP)
    assert tidied.result == Result.PASSED


def test_what_is_approved_again_gets_a_pull_request_of_its_own(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    first = delivery.pull_request
    assert first
    scene.clock.at = LONG
    scene.drive(delivery)
    again = _approved_again(scene)
    assert (again.pk, again.pull_request, again.closed_pull_request) == (delivery.pk, None, first)
    scene.drive(again)
    assert again.stage == "watch", again.detail
    assert again.pull_request == first + 1
    assert scene.timeout_on_main() == "1200"


def test_a_pull_request_that_somebody_closes_still_ends_it(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    scene.clock.at = LONG
    scene.drive(delivery)
    again = scene.drive_until(_approved_again(scene), "merge")
    assert again.pull_request
    _forge(scene).close(again.pull_request)
    scene.drive(again)
    assert again.outcome == Outcome.FAILED
    assert "closed without being merged" in again.detail


def test_what_was_merged_in_time_stays_so_however_late_it_is_noted(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    assert delivery.pull_request
    _forge(scene).merge(delivery.pull_request, delivery.branch_commit, "Merge", scene.clock())
    scene.clock.at = LONG
    scene.drive(delivery)
    assert (delivery.stage, delivery.outcome) == ("watch", "")
    assert scene.proposal.status == Status.PR_OPEN


def test_nobody_sees_a_pull_request_of_an_approval_that_has_ended(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = scene.drive_until(scene.begin(), "pull_request")
    with monkeypatch.context() as patch:  # the log is not sealed for weeks
        patch.setattr(gate, "closed", lambda *_: Waiting("Waits for the seal."))
        scene.drive(delivery)
    scene.clock.at = LONG
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert "refs/pull" not in scene.origin("for-each-ref")


@pytest.mark.parametrize("stage", ["branch", "pull_request", "merge"])
def test_rules_that_change_meanwhile_void_it_and_it_says_that_it_was_they(
    scene: Scene, settings: LazySettings, stage: str
) -> None:
    delivery = scene.drive_until(scene.begin(), stage)
    _rules_changed(settings)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert scene.proposal.reason == (
        "The approval is void: the rules changed since it was given. Look at it as it stands now."
    )
    assert Entry.objects.get(event="proposal.lapsed").facts["rule"] == "void"


def test_a_report_that_is_another_one_voids_it(scene: Scene) -> None:
    assert binding.broken(scene.proposal) == ()
    proposal = Proposal.objects.get(pk=scene.proposal.pk)
    make_report(proposal, at=scene.clock())
    report = proposal.report
    assert report
    type(report).objects.filter(pk=report.pk).update(digest="0" * 64)
    proposal = Proposal.objects.get(pk=proposal.pk)
    assert binding.broken(proposal) == ("the report of its check",)


def test_what_changes_together_is_named_together(scene: Scene, settings: LazySettings) -> None:
    _rules_changed(settings)
    Proposal.objects.filter(pk=scene.proposal.pk).update(base_commit="0" * 40)
    said = binding.void(Proposal.objects.get(pk=scene.proposal.pk))
    assert "the commit that it starts from and the rules changed" in said


def test_one_that_was_never_approved_has_nothing_to_break(scene: Scene) -> None:
    Proposal.objects.get(pk=scene.proposal.pk).transitions.filter(
        destination=Status.APPROVED
    ).delete()
    assert binding.void(scene.proposal) == ""


def test_a_worker_that_dies_while_it_tidies_up_is_taken_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    scene.clock.at = LONG
    pipeline.step(delivery.pk, scene.clock())
    delivery.refresh_from_db()
    assert (delivery.plan, delivery.comes_back) == (Plan.CLEAN_UP, "ended")
    assert Proposal.objects.get(pk=scene.proposal.pk).status == Status.PR_OPEN

    class Killed(BaseException):
        """Stands for a worker that is gone."""

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("delivery.recording.finish", dies)
        with pytest.raises(Killed):
            pipeline.step(delivery.pk, scene.clock())
    scene.clock.forward(minutes=5)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert Entry.objects.filter(event="proposal.lapsed").count() == 1


def test_git_tells_it_and_the_rows_can_be_made_of_it(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    publish(scene.target, scene.clock())
    scene.clock.at = LONG
    scene.drive(delivery)
    publish(scene.target, scene.clock())
    assert rows_from_git(scene.target).unreadable == ()
    again = Proposal.objects.get(pk=scene.proposal.pk)
    assert (again.status, again.reviewer) == (Status.PENDING, "")


def test_the_tick_begins_nothing_before_people_said_yes_again(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    scene.clock.at = LONG
    scene.drive(delivery)
    assert list(lapsing.to_begin()) == []
    tasks.deliver()
    delivery.refresh_from_db()
    assert delivery.outcome == Outcome.ABORTED


def test_pages_count_down_until_the_merge_and_tell_afterwards(
    scene: Scene, client: Client
) -> None:
    client.force_login(make_user("admin"))
    delivery = scene.drive_until(scene.begin(), "merge")
    fragment = f"/deliveries/for/{scene.proposal.pk}/"
    page = client.get(delivery.get_absolute_url()).content.decode()
    assert "The approval ends" in page
    scene.clock.at = LONG
    scene.drive(delivery)
    page = client.get(scene.proposal.get_absolute_url()).content.decode()
    assert "It was approved before. The approval ended after 14 days" in page
    assert "The approval ends" not in client.get(fragment).content.decode()
