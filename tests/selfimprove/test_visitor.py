"""A script goes through the same doors as a person, and is told why when it cannot."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer

from audit.events import Event
from audit.models import Entry
from proposals.models import Proposal, Status
from selfimprove.demo.story import StoryBroken, wait_for_pages
from selfimprove.demo.visitor import DoorClosed, Forms, Visitor
from tests.factories import make_proposal, make_report, make_target, make_user

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "long enough 1"


@pytest.fixture
def rita() -> User:
    return make_user("reviewer", name="rita")


@pytest.fixture
def visitor(live_server: LiveServer) -> Visitor:
    return Visitor(live_server.url)


@pytest.fixture
def proposal(tmp_path: Path) -> Proposal:
    made = make_proposal(make_target(tmp_path))
    make_report(made)
    return made


def test_a_wrong_password_keeps_the_door_closed(visitor: Visitor, rita: User) -> None:
    with pytest.raises(DoorClosed, match="rita could not sign in"):
        visitor.sign_in("rita", "not it")
    assert Entry.objects.filter(event=Event.USER_SIGN_IN_FAILED).count() == 1
    assert not Entry.objects.filter(event=Event.USER_SIGNED_IN).exists()


def test_the_right_password_opens_the_pages(visitor: Visitor, rita: User) -> None:
    visitor.sign_in("rita", PASSWORD)
    assert "Inbox" in visitor.read("/")
    assert Entry.objects.filter(event=Event.USER_SIGNED_IN).count() == 1


def test_an_approval_through_the_page_is_one(
    visitor: Visitor, rita: User, proposal: Proposal
) -> None:
    visitor.sign_in("rita", PASSWORD)
    visitor.approve(proposal.get_absolute_url())
    approved = Proposal.objects.get()
    assert (approved.status, approved.reviewer) == (Status.APPROVED, "rita")


def test_what_was_decided_has_no_button_any_more(
    visitor: Visitor, rita: User, proposal: Proposal
) -> None:
    visitor.sign_in("rita", PASSWORD)
    visitor.approve(proposal.get_absolute_url())
    with pytest.raises(DoorClosed, match="offers no button"):
        visitor.approve(proposal.get_absolute_url())


def test_a_viewer_finds_no_button(visitor: Visitor, proposal: Proposal) -> None:
    make_user("viewer", name="vera")
    visitor.sign_in("vera", PASSWORD)
    with pytest.raises(DoorClosed, match="offers no button"):
        visitor.approve(proposal.get_absolute_url())
    assert Proposal.objects.get().status == Status.PENDING


def test_a_refusal_tells_what_the_page_said(
    visitor: Visitor, rita: User, proposal: Proposal
) -> None:
    visitor.sign_in("rita", PASSWORD)
    path = proposal.get_absolute_url()
    form = visitor._form(path, f"{path}approve/")
    Proposal.objects.update(document_digest="0" * 64)
    with pytest.raises(DoorClosed) as refusal:
        visitor._send(form.action, form.fields)
    assert "409" in str(refusal.value)
    assert len(str(refusal.value)) > len(f"{visitor.address}{form.action}: 409 ") + 20
    assert "<" not in str(refusal.value)
    assert Proposal.objects.get().status == Status.PENDING


def test_a_page_that_is_not_there_is_told_with_its_number(visitor: Visitor, rita: User) -> None:
    visitor.sign_in("rita", PASSWORD)
    with pytest.raises(DoorClosed, match=r"/nowhere/: 404 \S+"):
        visitor.read("/nowhere/")


def test_pages_that_are_served_are_not_waited_for(visitor: Visitor) -> None:
    wait_for_pages(visitor)


def test_pages_that_never_come_break_the_story() -> None:
    with pytest.raises(StoryBroken, match="never served"):
        wait_for_pages(Visitor("http://127.0.0.1:1/"), patience_seconds=0.1)


def test_the_forms_of_a_page_are_read_with_their_hidden_fields() -> None:
    page = Forms()
    page.feed(
        '<input name="outside"><form action="/a/"><input name="x" value="1"><input type="submit">'
        '</form><form><input name="y"></form>'
    )
    assert [(form.action, form.fields) for form in page.found] == [
        ("/a/", {"x": "1"}),
        ("", {"y": ""}),
    ]
