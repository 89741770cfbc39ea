"""Does the inbox name everything that needs a person, the reason, and nothing else?"""

from datetime import timedelta
from pathlib import Path

import pytest

from audit.models import Outlet, OutletState
from delivery.models import Outcome as Ending
from evaluation.models import Idea
from proposals.models import Status
from selfimprove.console.attention import Attention, attention
from selfimprove.models import Run
from targets.models import State, Target
from telemetry.models import Source
from tests.console.rows import beat, make_delivery, make_watch
from tests.factories import NOW, make_proposal, make_report, make_target
from validation.models import Outcome as Checked

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    beat(NOW)
    return make_target(tmp_path)


def found(*, hidden: str = "") -> list[Attention]:
    return attention(NOW, lambda permission: permission != hidden)


def test_a_calm_installation_needs_nobody(target: Target) -> None:
    assert found() == []


def test_a_checked_proposal_awaits_a_decision(target: Target) -> None:
    proposal = make_proposal(target)
    (row,) = found()
    assert row.badge == "Awaiting review"
    assert row.url == proposal.get_absolute_url()
    assert "Every check passed. Gateway · low risk" in row.why
    assert "no language model was called" in row.why


def test_ideas_that_wait_are_one_row_for_each_target(target: Target) -> None:
    for number, status in enumerate(["OPEN", "OPEN", "DISMISSED"]):
        Idea.objects.create(
            target=target,
            key=f"k{number}",
            kind="new_tool",
            priority="high",
            title=f"Idea {number}",
            status=status,
            created_at=NOW,
            **(
                {"decided_by": "ada", "decided_at": NOW, "reason": "No."}
                if status != "OPEN"
                else {}
            ),
        )
    (row,) = found()
    assert (row.title, row.badge) == ("2 ideas wait for Gateway", "Ideas")
    assert row.url == "/evaluations/ideas/?target=gateway"
    assert found(hidden="evaluation.view_evaluation") == []


@pytest.mark.parametrize(
    ("outcome", "badge"),
    [
        (Checked.ACKNOWLEDGE, "Awaiting review"),
        (Checked.REFUSED, "Refused by a check"),
        (Checked.COULD_NOT_RUN, "Check could not run"),
        (Checked.NOT_RUN, "Not checked"),
    ],
)
def test_the_outcome_of_the_checks_is_named(target: Target, outcome: str, badge: str) -> None:
    make_report(make_proposal(target), outcome)
    assert [row.badge for row in found()] == [badge]


def test_a_proposal_without_a_report_is_being_checked_and_needs_nobody_yet(target: Target) -> None:
    proposal = make_proposal(target)
    proposal.report = None
    proposal.save()
    (row,) = found()
    assert row.badge == "Being checked"
    assert row.live


@pytest.mark.parametrize("status", [Status.REJECTED, Status.APPROVED, Status.SUPERSEDED])
def test_a_decided_proposal_is_gone_from_the_inbox(target: Target, status: str) -> None:
    make_proposal(target, status=status)
    assert found() == []


def test_a_reverted_delivery_is_shown_for_a_day_with_its_reason(target: Target) -> None:
    delivery = make_delivery(
        target, outcome=Ending.REVERTED, revert_reason="Rise of 88 %", ended_at=NOW
    )
    (row,) = found()
    assert (row.badge, row.why) == ("Reverted", "Rise of 88 %")
    assert row.url == delivery.get_absolute_url()
    delivery.ended_at = NOW - timedelta(days=2)
    delivery.save()
    assert found() == []


def test_a_delivery_that_failed_says_why(target: Target) -> None:
    make_delivery(target, outcome=Ending.FAILED, detail="tests fail on the branch", ended_at=NOW)
    assert [(row.badge, row.why) for row in found()] == [("Failed", "tests fail on the branch")]


def test_a_delivery_that_errs_on_our_side_is_told_apart(target: Target) -> None:
    make_delivery(target, stage="merge", errors_in_row=2, detail="disk full")
    (row,) = found()
    assert row.badge == "Error on our side"
    assert row.why == "Stage merge failed 2 times and is tried again: disk full"


def test_an_inconclusive_watch_asks_to_be_known(target: Target) -> None:
    delivery = make_delivery(target, outcome=Ending.SUCCEEDED, ended_at=NOW)
    make_watch(delivery, verdict="inconclusive", reason="too few calls", ended_at=NOW)
    assert [(row.badge, row.why) for row in found()] == [("Inconclusive", "too few calls")]


def test_a_delivery_that_helped_needs_nobody(target: Target) -> None:
    delivery = make_delivery(target, outcome=Ending.SUCCEEDED, ended_at=NOW)
    make_watch(delivery, verdict="implemented", ended_at=NOW)
    assert found() == []


def test_a_target_out_of_reach_and_a_source_that_cannot_be_read_are_listed(target: Target) -> None:
    target.state, target.state_detail = State.UNREACHABLE, "no such path"
    target.save()
    Source.objects.create(target=target, backend="files", location="/logs/*", last_error="denied")
    assert [(row.badge, row.why) for row in found()] == [
        ("Cannot be reached", "no such path"),
        ("Source", "denied"),
    ]


def test_a_tick_that_failed_last_time_is_ours_and_comes_first(target: Target) -> None:
    make_proposal(target)
    Run.objects.create(name="audit.seal", failed_at=NOW, ended_at=NOW, detail="locked")
    Run.objects.create(name="telemetry.mine", failed_at=NOW - timedelta(hours=1), ended_at=NOW)
    assert [row.badge for row in found()] == ["Error on our side", "Awaiting review"]


def test_a_silent_worker_is_the_first_thing_to_know(target: Target) -> None:
    make_proposal(target)
    beat(NOW - timedelta(minutes=5))
    assert found()[0].title == "Worker silent"


def test_what_a_person_may_not_see_is_not_listed(target: Target) -> None:
    make_proposal(target)
    assert found(hidden="proposals.view_proposal") == []


def test_a_log_that_is_not_published_where_it_should_be_is_named(target: Target) -> None:
    Outlet.objects.create(
        kind="git", place=target.slug, state=OutletState.FAILED, detail="it is away", tried_at=NOW
    )
    (row,) = found()
    assert row.title == "The log at the branch selfimprove/log of Gateway"
    assert (row.badge, row.tone) == ("Not reached", "warn")
    assert row.why == "It is tried again: it is away."
    assert row.url == "/audit/#published"
    assert found(hidden="audit.view_entry") == []


def test_a_place_that_contradicts_the_log_comes_first(target: Target) -> None:
    make_proposal(target)
    make_report(make_proposal(target))
    Outlet.objects.create(
        kind="git", place=target.slug, state=OutletState.CONFLICT, detail="it differs"
    )
    first, *rest = found()
    assert (first.badge, first.tone) == ("Does not fit", "bad")
    assert rest
