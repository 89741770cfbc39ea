"""Does the stepper say truly how far a proposal has come?"""

import pytest

from proposals.models import Proposal, Status
from proposals.pages import showing
from targets.models import Target
from tests.factories import NOW, make_proposal, make_report, make_user
from validation.models import Outcome


def _steps(proposal: Proposal) -> list[tuple[str, str]]:
    fresh = Proposal.objects.select_related("report", "target").get(pk=proposal.pk)
    steps = showing.standing(fresh, make_user(), NOW)["steps"]
    return [(step["label"], step["state"]) for step in steps]


@pytest.mark.parametrize(
    ("status", "third", "states"),
    [
        (Status.PENDING, "Review", "done done now todo todo"),
        (Status.APPROVED, "Approved", "done done done now todo"),
        (Status.PR_OPEN, "Approved", "done done done now todo"),
        (Status.IMPLEMENTED, "Approved", "done done done done done"),
        (Status.REVERTED, "Approved", "done done done done failed"),
        (Status.FAILED, "Approved", "done done done failed todo"),
        (Status.REJECTED, "Rejected", "done done failed todo todo"),
        (Status.SUPERSEDED, "Superseded", "done done failed todo todo"),
    ],
)
def test_each_state_shows_what_lies_behind_and_what_is_next(
    target: Target, status: Status, third: str, states: str
) -> None:
    steps = _steps(make_proposal(target, status=status))
    assert steps[2][0] == third
    assert [state for _, state in steps] == states.split()


@pytest.mark.parametrize(
    ("outcome", "states"),
    [
        (None, "done now todo todo todo"),
        (Outcome.REFUSED, "done failed todo todo todo"),
        (Outcome.COULD_NOT_RUN, "done failed todo todo todo"),
        (Outcome.ACKNOWLEDGE, "done done now todo todo"),
    ],
)
def test_the_check_is_a_step_of_its_own(
    target: Target, outcome: Outcome | None, states: str
) -> None:
    proposal = make_proposal(target)
    if outcome is None:
        Proposal.objects.update(report=None)
    else:
        make_report(proposal, outcome)
    assert [state for _, state in _steps(proposal)] == states.split()


def test_a_reverted_one_ends_with_its_revert(target: Target) -> None:
    assert _steps(make_proposal(target, status=Status.REVERTED))[-1] == ("Reverted", "failed")


def test_there_is_a_legend_for_every_state() -> None:
    assert set(showing.PLACES) | {Status.PENDING} == set(Status)
