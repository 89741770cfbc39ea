"""Does a chat request changes only of what it has shown, and take back only what stands?"""

import pytest
from django.utils import timezone

from audit.events import Event
from audit.models import Entry
from proposals.models import ChangeRequest, Proposal, Status
from proposals.revising import asking
from selfimprove.chat.records import ChatReading
from targets.models import Target
from tests.chat.talking import Talk, account
from tests.factories import make_proposal, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk() -> Talk:
    account(make_user(name="ada"))
    return Talk()


def test_it_is_read_first(talk: Talk, target: Target) -> None:
    proposal = make_proposal(target)
    signs = str(proposal.pk)[:8]
    assert "Read it first" in talk(f"changes {signs} Less of it")
    assert not ChangeRequest.objects.exists()
    assert f"changes {signs} and what" in talk(f"show {signs}")
    assert talk(f"changes {signs} Less of it") == f"{signs}: {asking.ASKED}"
    assert ChangeRequest.objects.get().reason == "Less of it"
    entry = Entry.objects.get(event=Event.PROPOSAL_CHANGES_REQUESTED)
    assert entry.facts["door"] == "chat"
    assert entry.facts["document"] == proposal.document_digest


def test_words_that_changed_since_are_shown_again(talk: Talk, target: Target) -> None:
    signs = str(make_proposal(target).pk)[:8]
    talk(f"show {signs}")
    ChatReading.objects.update(digest="1" * 64)
    said = talk(f"changes {signs} Less of it")
    assert "changed since you read it" in said
    assert f"Write show {signs}" in said
    assert not ChangeRequest.objects.exists()


def test_a_reason_is_asked_for(talk: Talk, target: Target) -> None:
    signs = str(make_proposal(target).pk)[:8]
    talk(f"show {signs}")
    assert "Say what should change" in talk(f"changes {signs}")
    assert not ChangeRequest.objects.exists()


def test_lists_and_show_name_it(talk: Talk, target: Target) -> None:
    proposal = make_proposal(target)
    asking.request(proposal, by=make_user(name="bea"), reason="Less of it", at=timezone.now())
    assert "awaiting review, changes requested" in talk("proposals list")
    shown = talk(f"show {proposal.pk}")
    assert "Changes were requested by bea" in shown
    assert "“Less of it”" in shown


def test_what_stands_is_withdrawn_once(talk: Talk, target: Target) -> None:
    proposal = make_proposal(target)
    signs = str(proposal.pk)[:8]
    asking.request(proposal, by=make_user(), reason="Less of it", at=timezone.now())
    assert talk(f"withdraw {signs} It is fine") == f"{signs}: {asking.WITHDRAWN}"
    assert "No request for changes stands" in talk(f"withdraw {signs}")
    assert ChangeRequest.objects.get().end.reason == "It is fine"


def test_what_is_decided_is_not_to_be_changed(talk: Talk, target: Target) -> None:
    proposal = make_proposal(target, status=Status.REJECTED)
    assert "is rejected" in talk(f"changes {proposal.pk} Less of it")
    assert Proposal.objects.get().status == Status.REJECTED


def test_help_names_both(talk: Talk) -> None:
    said = talk("help")
    assert "changes ID reason" in said
    assert "withdraw ID" in said
