"""Does a proposal that is to be revised wait for its writer, and for nobody else?"""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client

from proposals.models import Proposal, Status
from proposals.revising import asked, asking
from proposals.waiting import ageing, room
from proposals.waiting.rules import Room, Turn
from proposals.waiting.showing import age_of, by_age
from selfimprove.console.attention import TO_KNOW, attention
from selfimprove.console.story import tell
from selfimprove.management.commands import status
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user
from tests.proposals.revising.scene import REASON, asked_for
from tests.proposals.waiting.set import review

pytestmark = pytest.mark.django_db
HOURS = {"low": 10, "medium": 10, "high": 10, "critical": 10}


def hours(settings: LazySettings) -> None:
    review(
        settings,
        remind_hours=HOURS,
        escalate_hours=dict.fromkeys(HOURS, 20),
        expire_hours=dict.fromkeys(HOURS, 100),
    )


def test_it_is_the_writers_turn_and_takes_no_room(target: Target) -> None:
    make_proposal(target)
    proposal = asked_for(target).proposal
    assert ageing.turn_of(proposal) is Turn.WRITER
    assert room.room(target) == Room(1, 20)


def test_a_full_target_has_room_again(target: Target, settings: LazySettings) -> None:
    review(settings, most_waiting=1)
    proposal = make_proposal(target)
    assert [found for _, found in room.crowded()] == [Room(1, 1)]
    asking.request(proposal, by=make_user(), reason=REASON, at=NOW)
    assert room.crowded() == []
    assert room.full(target) == ""


def test_a_request_and_its_end_begin_the_waiting_anew(target: Target) -> None:
    proposal = make_proposal(target)
    later, last = NOW + timedelta(hours=50), NOW + timedelta(hours=60)
    asking.request(proposal, by=make_user(), reason=REASON, at=later)
    assert asked.waits_since(proposal) == later
    age = age_of(proposal, later + timedelta(hours=3))
    assert age is not None
    assert age.words == "waits 3 hours for its writer"
    asking.withdraw(proposal, by=make_user(), at=last)
    assert asked.waits_since(Proposal.objects.get()) == last


def test_lists_know_it_without_asking_for_each(
    target: Target, django_assert_num_queries: object
) -> None:
    for _ in range(3):
        asked_for(target)
    make_proposal(target)
    rows = list(by_age(Proposal.objects.filter(status=Status.PENDING).select_related("report")))
    with django_assert_num_queries(0):  # type: ignore[operator]
        ages = [age_of(row, NOW + timedelta(hours=1)) for row in rows]
    assert len([age for age in ages if age and age.turn is Turn.WRITER]) == 3


def test_the_writer_is_reminded_and_nobody_revising_it_ends_it(
    target: Target, settings: LazySettings
) -> None:
    hours(settings)
    proposal = make_proposal(target)
    asking.request(proposal, by=make_user(), reason=REASON, at=NOW + timedelta(hours=9))
    assert ageing.age(NOW + timedelta(hours=12)) == []  # the request began it anew
    (told,) = ageing.age(NOW + timedelta(hours=20))
    assert (told.kind, told.told) == ("reminder", "writer")
    ageing.age(NOW + timedelta(hours=40))
    ageing.age(NOW + timedelta(hours=200))
    proposal.refresh_from_db()
    assert proposal.status == Status.SUPERSEDED
    assert proposal.reason.startswith("Expired: changes were requested, and nobody revised it")
    assert asked.standing_on(proposal) is None


def test_the_inbox_names_it_last_and_does_not_count_it(target: Target, client: Client) -> None:
    proposal = asked_for(target).proposal
    row = next(row for row in attention(NOW, lambda _: True) if row.title == proposal.title)
    assert (row.badge, row.rank) == ("Changes requested", TO_KNOW)
    assert REASON in row.why
    assert tell(NOW).headline != "Your turn"
    client.force_login(make_user())
    assert client.get("/").context["waiting_count"] == 0
    found = status.gather(NOW)
    assert found["to_revise"] == 1
    assert any("Changes are requested of 1" in line for line in status.lines(found))
