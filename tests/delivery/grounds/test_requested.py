"""Is an approval taken back when changes are requested, unless the change is merged already?"""

from datetime import timedelta
from pathlib import Path

import pytest

from audit.events import Event
from audit.models import Entry
from delivery import tasks
from delivery.grounds import requested
from delivery.models import Delivery, Outcome
from proposals import decision
from proposals.models import Proposal, RequestEnd, Status
from proposals.revising import asked, asking
from tests.delivery.scene import APPROVED_AT, Scene, just_now, make_scene
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LATER = APPROVED_AT + timedelta(hours=1)
REASON = "Wait less."


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


def request(scene: Scene) -> None:
    person = make_user()
    asking.request(scene.proposal, by=person, reason=REASON, at=scene.clock())


def status(scene: Scene) -> str:
    return Proposal.objects.get(pk=scene.proposal.pk).status


def test_what_nobody_has_begun_comes_back_at_once(scene: Scene) -> None:
    request(scene)
    assert requested.take_back(LATER) == 1
    assert requested.take_back(LATER) == 0
    found = Proposal.objects.get()
    assert (found.status, found.reviewer) == (Status.PENDING, "")
    assert REASON in found.reason
    assert decision.approvals(found) == []
    assert asked.standing_on(found) is not None
    assert Entry.objects.get(event=Event.PROPOSAL_LAPSED).facts["rule"] == "changes_requested"


def test_a_delivery_that_has_written_its_branch_tidies_up_first(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "pull_request")
    assert any("proposal-" in name for name in scene.branches())
    request(scene)
    assert requested.take_back(scene.clock()) == 0
    scene.drive(delivery)
    assert status(scene) == Status.PENDING
    assert delivery.outcome == Outcome.ABORTED
    assert REASON in delivery.detail


def test_an_open_pull_request_is_closed_before_people_are_asked_again(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    assert status(scene) == Status.PR_OPEN
    request(scene)
    Delivery.objects.update(next_step_at=LATER + timedelta(days=1))
    requested.take_back(scene.clock())
    assert Delivery.objects.get().next_step_at == scene.clock()
    scene.drive(delivery)
    assert (status(scene), delivery.outcome) == (Status.PENDING, Outcome.ABORTED)
    assert not any("proposal-" in name for name in scene.branches())
    assert scene.timeout_on_main() == "400"


def test_what_is_merged_stays_and_the_request_says_so(scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "deploy")
    request(scene)
    assert requested.take_back(LATER) == 0
    end = RequestEnd.objects.get()
    assert end.how == "OVERTAKEN"
    assert (
        end.reason == f"It was merged as {delivery.merge_commit[:12]} before: revert it instead."
    )
    assert Entry.objects.get(event=Event.PROPOSAL_REQUEST_OVERTAKEN).uid == end.entry_uid
    assert asked.standing_on(Proposal.objects.get()) is None
    assert requested.take_back(LATER) == 0
    assert RequestEnd.objects.count() == 1


def test_what_is_withdrawn_in_time_goes_on(scene: Scene) -> None:
    request(scene)
    asking.withdraw(scene.proposal, by=make_user(), at=LATER)
    assert requested.take_back(LATER) == 0
    assert status(scene) == Status.APPROVED


def test_the_tick_takes_it_back_before_it_would_begin_it(scene: Scene) -> None:
    just_now()
    request(scene)
    assert tasks.deliver().startswith("0 begun")
    assert status(scene) == Status.PENDING


def test_the_tick_that_runs_while_the_loop_is_paused_does_too(scene: Scene) -> None:
    just_now()
    request(scene)
    assert tasks.lapse() == "1 approvals ended"
