"""Do the dashboard's numbers count the right rows, carry their n, and admit too little data?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from delivery.models import Outcome as Ending
from proposals.models import Evidence, Status
from selfimprove.console import figures
from selfimprove.console.figures import Tile
from targets.models import Target
from tests.console.rows import make_delivery
from tests.factories import NOW, make_pattern, make_proposal, make_target, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def tiles(days: str = "30") -> dict[str, Tile]:
    return {tile.label: tile for tile in figures.gather(LATER, days).tiles}


def test_an_empty_installation_admits_too_little_data(client: Client) -> None:
    client.force_login(make_user("viewer"))
    page = client.get(reverse("dashboard")).content.decode()
    assert page.count("Too little data") == 5
    assert "No target yet" in page
    assert "Nothing yet" in page


def test_an_account_without_a_role_may_not_look(client: Client) -> None:
    user = make_user("viewer")
    user.groups.clear()
    client.force_login(user)
    assert client.get(reverse("dashboard")).status_code == 403


def test_approved_is_x_of_n_with_the_range_that_n_allows(target: Target) -> None:
    for status in (Status.APPROVED, Status.APPROVED, Status.REJECTED):
        make_proposal(target, status=status)
    tile = tiles()["Approved"]
    assert (tile.number, tile.beside) == ("2", "of 3")
    assert tile.note == "decisions, last 30 days"
    assert tile.interval == "95\u00a0%: between 21 and 94\u00a0%"


def test_waiting_proposals_are_counted_with_the_age_of_the_oldest(target: Target) -> None:
    make_proposal(target)
    tile = tiles()["Awaiting review"]
    assert (tile.number, tile.note) == ("1", "the oldest for 2 h")
    assert tile.url.endswith("?status=PENDING")


def test_rows_before_the_window_do_not_count(target: Target) -> None:
    make_proposal(target, status=Status.REJECTED, at=NOW - timedelta(days=10))
    assert tiles("7")["Approved"].number == "Too little data"
    assert tiles("30")["Approved"].beside == "of 1"


def test_a_median_needs_three(target: Target) -> None:
    for _ in range(2):
        make_proposal(target, status=Status.APPROVED)
    tile = tiles()["Time to review"]
    assert tile.is_words
    assert tile.note == "decisions: 2, last 30 days; a median needs 3"
    make_proposal(target, status=Status.APPROVED)
    assert (tiles()["Time to review"].number, tiles()["Time to review"].beside) == (
        "60 s",
        "median",
    )


def test_implemented_and_taken_back_count_deliveries(target: Target) -> None:
    make_delivery(target, outcome=Ending.SUCCEEDED, deployed_at=NOW, ended_at=NOW)
    make_delivery(target, outcome=Ending.REVERTED, deployed_at=NOW, reverted_at=NOW, ended_at=NOW)
    make_delivery(target, outcome=Ending.FAILED, ended_at=NOW)
    found = tiles()
    assert (found["Implemented"].number, found["Implemented"].beside) == ("1", "of 3")
    assert (found["Taken back"].number, found["Taken back"].beside) == ("1", "of 2")


def test_time_to_fix_runs_from_the_first_failure_to_the_measured_effect(target: Target) -> None:
    for _ in range(3):
        delivery = make_delivery(
            target, outcome=Ending.SUCCEEDED, deployed_at=NOW, ended_at=NOW + timedelta(hours=1)
        )
        Evidence.objects.create(
            proposal=delivery.proposal,
            pattern=make_pattern(target),
            count=4,
            session_count=2,
            first_seen=NOW - timedelta(hours=4),
            last_seen=NOW,
        )
    assert tiles()["Time to fix"].number == "5 h"


def test_weeks_without_a_proposal_are_counted_as_zero(target: Target) -> None:
    make_proposal(target)
    make_proposal(target, at=NOW - timedelta(weeks=2))
    counts = [count for _, count in figures.proposals_per_week(LATER)]
    assert counts == [0, 0, 0, 0, 0, 1, 0, 1]


@pytest.mark.parametrize("days", ["", "x", "-1", "12", "9999999999999999999"])
def test_an_unknown_window_falls_back_to_thirty_days(days: str) -> None:
    assert figures.gather(NOW, days).days == 30


@pytest.mark.parametrize(
    ("span", "worded"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=90), "90 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_a_duration_is_worded_with_one_unit(span: timedelta, worded: str) -> None:
    assert figures.worded(span) == worded
