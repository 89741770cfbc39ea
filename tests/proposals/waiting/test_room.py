"""Is there room for more, and what would fit by how fast people decide?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.test import Client

from proposals.models import Status
from proposals.waiting import room
from proposals.waiting.rules import Room
from selfimprove.console.attention import attention
from targets.models import Target
from tests.factories import NOW, make_proposal, make_report, make_target, make_user
from tests.proposals.waiting.set import review
from validation.models import Outcome


def test_what_waits_is_counted_by_target(target: Target, tmp_path: Path) -> None:
    other = make_target(tmp_path, slug="other")
    make_proposal(target)
    make_proposal(target)
    make_proposal(target, status=Status.APPROVED)
    assert room.room(target) == Room(2, 20)
    assert room.room(other) == Room(0, 20)


def test_what_waits_for_its_writer_takes_no_room(target: Target, settings: LazySettings) -> None:
    review(settings, most_waiting=2)
    make_proposal(target)
    refused = make_proposal(target)
    assert room.full(target) == "review is full (2 of 2 wait)"
    make_report(refused, Outcome.REFUSED)
    assert room.full(target) == ""


def test_what_is_critical_passes(target: Target, settings: LazySettings) -> None:
    review(settings, most_waiting=1)
    make_proposal(target)
    assert room.full(target, "high") == "review is full (1 of 1 wait)"
    assert room.full(target, "critical") == ""


def test_without_a_limit_it_is_never_full(target: Target, settings: LazySettings) -> None:
    review(settings, most_waiting=0)
    make_proposal(target)
    assert room.full(target) == ""
    assert room.crowded() == []


def test_a_hint_needs_enough_decisions(target: Target) -> None:
    assert room.pace(target, NOW).hint is None
    for _ in range(6):
        make_proposal(target, status=Status.REJECTED)
    found = room.pace(target, NOW + timedelta(days=1))
    assert (found.reviews, found.hint, found.per_day) == (6, 3, "0.4")
    assert room.pace(target, NOW + timedelta(days=15)).reviews == 0


def test_the_target_and_the_inbox_say_that_review_is_full(
    target: Target, settings: LazySettings, client: Client
) -> None:
    review(settings, most_waiting=2)
    make_proposal(target)
    client.force_login(make_user("admin"))
    page = client.get(target.get_absolute_url()).content.decode()
    assert "1 of 2 proposal" in page
    assert "Review is full" not in page
    assert "too little data to say how many people get through" in page
    make_proposal(target)
    assert [one.words for _, one in room.crowded()] == ["review is full (2 of 2 wait)"]
    page = client.get(target.get_absolute_url()).content.decode()
    assert "Review is full" in page
    assert "no further one is written before some are decided" in page
    rows = attention(NOW, lambda _: True)
    [told] = [row for row in rows if row.badge == "Review is full"]
    assert told.title == "Gateway: review is full (2 of 2 wait)"
    assert told.url == "/proposals/?target=gateway&order=oldest"


@pytest.mark.parametrize("allowed", [True, False])
def test_who_may_not_see_proposals_is_told_nothing_of_them(
    target: Target, client: Client, allowed: bool
) -> None:
    person = make_user("viewer")
    if not allowed:
        person.groups.clear()
        person.user_permissions.add(Permission.objects.get(codename="view_target"))
    client.force_login(person)
    page = client.get(target.get_absolute_url()).content.decode()
    assert ('id="review"' in page) is allowed
