"""Are the newest entries shown in words, with titles instead of ids?"""

from pathlib import Path

import pytest

from audit.events import Event
from selfimprove.console.recent import recent
from tests.console.rows import enter, make_delivery
from tests.factories import make_target

pytestmark = pytest.mark.django_db


def test_an_entry_is_worded_and_names_the_proposal_by_its_title(tmp_path: Path) -> None:
    delivery = make_delivery(make_target(tmp_path), title="Give it time")
    entry = enter(Event.PROPOSAL_CHECKED, f"proposal:{delivery.proposal_id}")
    line = recent()[0]
    assert line.words == "The proposal “Give it time” was checked"
    assert line.url == entry.get_absolute_url()


def test_a_delivery_is_named_by_its_proposal_too(tmp_path: Path) -> None:
    delivery = make_delivery(make_target(tmp_path), title="Give it time")
    enter(Event.DELIVERY_REVERTED, f"delivery:{delivery.pk}", reason="Rise of 88 %")
    line = recent()[0]
    assert line.words == "The delivery of “Give it time” was taken back"
    assert (line.reason, line.tone) == ("Rise of 88 %", "warn")


def test_another_subject_keeps_its_name() -> None:
    enter(Event.TARGET_ADDED, "target:gateway")
    assert recent()[0].words == "selfimprove added target gateway"


def test_a_subject_that_is_gone_does_no_harm() -> None:
    enter(Event.PROPOSAL_CHECKED, "proposal:00000000-0000-4000-8000-000000000000")
    assert recent()[0].words == "Proposal 00000000 was checked"


def test_the_newest_come_first_and_ten_are_enough() -> None:
    for number in range(12):
        enter(Event.TARGET_ADDED, f"target:t{number}")
    names = [line.words.rpartition(" ")[2] for line in recent()]
    assert names == [f"t{n}" for n in range(11, 1, -1)]


def test_who_signed_in_is_left_to_the_whole_log() -> None:
    enter(Event.USER_SIGNED_IN, "user:ada")
    assert recent() == []


def test_a_target_is_named_as_people_named_it(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    enter(Event.TARGET_STATE_CHANGED, f"target:{target.slug}")
    assert recent()[0].words == f"The target “{target.name}” changed its state"


def test_an_intention_is_left_to_the_whole_log() -> None:
    enter(Event.DELIVERY_INTENDED, "delivery:1")
    assert recent() == []
