"""Is a deployer elsewhere asked once, waited for in time, and believed only when it is done?"""

from pathlib import Path

import pytest
from django.conf import LazySettings

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from delivery.elsewhere import handing
from delivery.elsewhere.records import Handed
from delivery.models import Delivery, Hold, Outcome, Plan, Result
from delivery.revert import request, retry
from delivery.stages.site import reach
from targets import manifest
from tests.delivery.elsewhere.stand import VARIABLE, Away, away

pytestmark = pytest.mark.django_db


def test_the_deployer_is_told_what_to_bring_where(there: Away) -> None:
    there.drive()
    (order,) = there.stand.orders
    delivery = there.delivery
    assert order == {
        "deployment": str(there.handover.uid),
        "order": there.handover.pk,
        "delivery": delivery.pk,
        "attempt": 1,
        "target": "gateway",
        "branch": "main",
        "commit": delivery.merge_commit,
        "before": delivery.base_commit,
        "takes_back": False,
        "steps": ["reload"],
        "ends_by": there.handover.deadline_at.isoformat(),
        "callback": f"http://127.0.0.1:8100/hooks/deployments/{there.handover.uid}/",
    }
    assert there.stand.unsigned == 0
    assert (delivery.stage, delivery.outcome) == ("deploy", "")
    assert "The deployer works on" in delivery.detail


def test_it_is_not_asked_again_while_it_works(there: Away) -> None:
    for _ in range(4):
        there.drive()
    assert len(there.stand.messages) == 1
    run = there.delivery.runs.get(stage="deploy")
    assert (run.result, run.attempt) == (Result.WAITING, 1)


def test_once_it_succeeded_the_change_is_deployed_and_watched(there: Away) -> None:
    there.drive()
    assert there.report("progressed", lines=["pulling", "restarting"])[0] == 202
    assert there.report("succeeded", sequence=2, lines=["done"])[0] == 202
    there.drive()
    run = there.delivery.runs.get(stage="deploy")
    assert run.result == Result.PASSED
    assert "pulling\nrestarting\ndone" in run.output
    assert (there.delivery.stage, there.delivery.hold) == ("watch", Hold.WATCHING)
    events = Entry.objects.values_list("event", flat=True)
    for event in (Event.DELIVERY_HANDED_OVER, Event.DELIVERY_REPORTED, Event.DELIVERY_DEPLOYED):
        assert list(events).count(event) == 1


def test_once_it_failed_the_change_is_taken_back_by_the_same_deployer(there: Away) -> None:
    there.drive()
    assert there.report("failed", reason="the pods do not start")[0] == 202
    there.drive()
    first, second = there.stand.orders
    assert second["takes_back"] is True
    assert (second["before"], second["commit"]) == (first["commit"], there.delivery.revert_commit)
    assert second["order"] > first["order"]
    assert second["steps"] == ["reload"]
    assert there.report("succeeded")[0] == 202
    there.drive()
    assert there.delivery.outcome == Outcome.REVERTED
    assert there.scene.timeout_on_main() == "400"
    failed = there.delivery.runs.get(stage="deploy")
    assert failed.result == Result.FAILED
    assert "the pods do not start" in failed.output


@pytest.mark.parametrize("statuses", [[202], [503], [429]], ids=["silent", "broken", "busy"])
def test_one_that_never_ends_is_taken_back_when_its_time_is_over(
    tmp_path: Path, statuses: list[int]
) -> None:
    with away(tmp_path, seconds=100) as there:
        there.stand.statuses = statuses
        there.drive()
        assert there.delivery.stage == "deploy"
        there.drive(seconds=101)
        assert there.delivery.plan == Plan.REVERT
        first = there.delivery.handovers.earliest("id")
        assert first.state == Handed.TIMED_OUT
        assert "within 100 s" in there.delivery.runs.get(stage="deploy").output
        there.stand.statuses = [202]
        there.drive(seconds=61)
        there.report("succeeded")
        there.drive()
        assert there.delivery.outcome == Outcome.REVERTED


def test_while_it_cannot_take_it_the_same_message_is_sent_again(there: Away) -> None:
    there.stand.statuses = [503, 500, 429, 202]
    there.drive()
    assert "not taken it yet, asked 1 times" in there.delivery.detail
    assert "503 taken" in there.delivery.detail
    for _ in range(4):
        there.drive(seconds=61)
    assert len(there.stand.messages) == 4
    assert len(set(there.stand.messages)) == 1  # id and bytes: no deployer starts it twice
    assert there.handover.state == Handed.ACCEPTED
    assert there.delivery.errors_in_row == 0


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 410])
def test_one_that_turns_it_away_is_an_error_that_a_person_can_mend(
    there: Away, status: int
) -> None:
    there.stand.statuses = [status, 202]
    there.stand.location = "http://127.0.0.1:1/elsewhere"
    there.drive()
    assert there.delivery.runs.filter(stage="deploy").latest("id").result == Result.ERRORED
    assert f"turned it away: {status}" in there.delivery.detail
    there.drive(seconds=30)
    assert there.handover.state == Handed.ACCEPTED
    assert len(there.stand.orders) == 1


def test_nothing_is_sent_without_a_secret(there: Away, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    there.drive()
    assert there.stand.messages == []
    assert f"{VARIABLE} cannot be used: there is no secret" in there.delivery.detail


def test_one_on_another_machine_needs_an_address_to_report_to(
    tmp_path: Path, settings: LazySettings
) -> None:
    asked = "https://deploy.example.org/hooks/gateway"
    with away(tmp_path) as there:
        uid = there.delivery.proposal_id
        with pytest.raises(Exception, match=r"delivery\.callback_url is not set"):
            handing.callback(uid, asked)
        ours = settings.SELFIMPROVE
        there_is = ours.delivery.model_copy(update={"callback_url": "https://si.example.org"})
        settings.SELFIMPROVE = ours.model_copy(update={"delivery": there_is})
        wanted = f"https://si.example.org/hooks/deployments/{uid}/"
        assert handing.callback(uid, asked) == wanted


def test_a_person_who_stops_it_has_the_way_back_deployed_and_the_first_order_void(
    there: Away,
) -> None:
    there.drive()
    at = there.scene.clock()
    request(there.delivery, actor=Actor("person", "ada"), reason="Wrong.", at=at)
    there.drive()
    first = there.delivery.handovers.earliest("id")
    assert first.state == Handed.REPLACED
    assert [order["takes_back"] for order in there.stand.orders] == [False, True]
    assert there.report("succeeded")[0] == 202
    there.drive()
    assert there.delivery.outcome == Outcome.REVERTED


def test_the_way_back_is_asked_for_anew_after_each_failure_and_then_a_person(
    there: Away,
) -> None:
    there.drive()
    there.report("failed")
    for _ in range(5):
        there.drive(hours=1)
        assert there.report("failed")[0] == 202
        there.drive()
    assert there.delivery.outcome == Outcome.FAILED
    assert there.delivery.detail.startswith("A person is needed.")
    retry(there.delivery, actor=Actor("person", "ada"), at=there.scene.clock())
    there.drive()
    assert there.report("succeeded")[0] == 202
    there.drive()
    assert there.delivery.outcome == Outcome.REVERTED
    assert [order["attempt"] for order in there.stand.orders] == [1, 1, 2, 3, 4, 5, 6]


def test_a_report_before_our_own_note_of_the_answer_counts(there: Away) -> None:
    there.drive()
    there.delivery.handovers.update(state=Handed.OPEN, answered_at=None)
    assert there.report("succeeded")[0] == 202
    there.drive()
    assert there.delivery.stage == "watch"
    assert len(there.stand.messages) == 1


def test_a_worker_that_was_overtaken_hands_nothing_over(there: Away) -> None:
    slow = Delivery.objects.select_related("target", "proposal").get(pk=there.delivery.pk)
    at = there.scene.clock()
    request(there.delivery, actor=Actor("person", "ada"), reason="Wrong.", at=at)
    there.drive()
    sent = len(there.stand.messages)
    site = reach(slow)
    deployer = site.deployer_of(manifest.read(site.repository, slow.base_commit), at)
    assert deployer is not None
    with pytest.raises(handing.Outrun):
        deployer.deploy(slow.merge_commit, (), ())
    assert len(there.stand.messages) == sent
