"""Is a change taken back from a chat as on its page: by whom may, for a reason, once?"""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group

from audit.events import Event
from audit.models import Entry
from delivery.models import Delivery
from tests.chat.talking import Talk, account
from tests.delivery.scene import Scene, make_scene
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def merged(tmp_path: Path) -> tuple[Scene, Delivery]:
    scene = make_scene(tmp_path)
    return scene, scene.drive_until(scene.begin(), "deploy")


def talk_as(role: str) -> Talk:
    person = make_user(role, name="otto")
    person.groups.set([Group.objects.get(name=role)])
    account(person, "U9")
    return Talk("U9")


def test_an_operator_takes_a_merged_change_back(merged: tuple[Scene, Delivery]) -> None:
    _, delivery = merged
    talk = talk_as("operator")
    signs = str(delivery.proposal_id)[:8]
    assert talk(f"revert {signs} it times out") == (
        f"{signs}: delivery #{delivery.pk} is being taken back."
    )
    delivery.refresh_from_db()
    assert delivery.revert_reason == "it times out"
    told = Entry.objects.get(event=Event.DELIVERY_REVERT_REQUESTED)
    assert told.facts["door"] == "chat"
    again = talk(f"revert {signs} again")
    assert "being taken back already" in again or "nothing to undo" in again
    assert again.endswith("Nothing was changed.")


def test_without_a_reason_it_is_asked_for(merged: tuple[Scene, Delivery]) -> None:
    _, delivery = merged
    signs = str(delivery.proposal_id)[:8]
    assert talk_as("operator")(f"revert {signs}").startswith("Say why")
    delivery.refresh_from_db()
    assert delivery.revert_actor == ""


def test_a_reviewer_may_not(merged: tuple[Scene, Delivery]) -> None:
    _, delivery = merged
    said = talk_as("reviewer")(f"revert {str(delivery.proposal_id)[:8]} no")
    assert said == "You may not take changes back. Nothing was changed."
    assert not Entry.objects.filter(event=Event.DELIVERY_REVERT_REQUESTED).exists()


def test_before_the_merge_it_is_stopped_and_before_a_delivery_there_is_nothing(
    tmp_path: Path,
) -> None:
    scene = make_scene(tmp_path)
    talk, signs = talk_as("operator"), str(scene.proposal.pk)[:8]
    assert "was not delivered" in talk(f"revert {signs} why")
    scene.begin()
    assert "is being stopped; nothing was merged yet" in talk(f"revert {signs} why")
