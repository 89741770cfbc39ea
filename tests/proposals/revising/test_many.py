"""Do lists stay as quick when much is to be revised, and does a long chain stay readable?"""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from proposals.models import Proposal
from proposals.revising import asked, asking, chain, showing
from targets.models import Target
from tests.factories import make_proposal, make_user
from tests.proposals.revising.scene import LATER, asked_for, revised
from tests.words import tools_diff

pytestmark = pytest.mark.django_db


def questions(page: Client, state: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert page.get(reverse("proposals:list"), {"state": state}).status_code == 200
    return len(found)


@pytest.mark.parametrize("state", ["changes", "all"])
def test_the_list_asks_no_more_however_many_there_are(
    target: Target, client: Client, state: str
) -> None:
    client.force_login(make_user())
    asked_for(target)
    make_proposal(target)
    questions(client, state)  # what is asked once
    few = questions(client, state)
    for _ in range(5):
        asked_for(target)
    assert questions(client, state) <= few


def test_a_chain_of_six_is_told_whole_from_any_of_them(target: Target) -> None:
    ada = make_user(name="ada")
    found = [asked_for(target, by=ada).proposal]
    for number in range(2, 7):
        found.append(revised(found[-1], diff=tools_diff(1500 + number)))
        if number < 6:
            asking.request(found[-1], by=ada, reason=f"Wish {number}", at=LATER)
    for place, proposal in enumerate(found):
        told = showing.of(proposal, ada)
        assert [one.proposal for one in told.versions] == found
        assert [one.is_this for one in told.versions].index(True) == place
    assert chain.number_of(found[-1]) == 6
    assert [asked.standing_on(Proposal.objects.get(pk=one.pk)) for one in found] == [None] * 6
    assert [len(showing.of(one, ada).earlier) for one in found] == [1, 1, 1, 1, 1, 0]


def test_a_request_of_ten_lines_and_hidden_signs_is_shown_as_it_was_said(
    target: Target, client: Client
) -> None:
    client.force_login(make_user())
    words = "\n".join(f"{number}. Less of it" for number in range(10))
    proposal = asked_for(target, reason=words).proposal
    text = client.get(proposal.get_absolute_url()).content.decode()
    assert "9. Less of it" in text
    listed = client.get(reverse("proposals:list"), {"state": "changes"}).content.decode()
    assert "0. Less of it 1. Less of it" in listed
    long = asked_for(target, reason="word " * 700).proposal
    assert asked.said(asked.ROWS.get(proposal=long)).endswith("…”.")
    assert len(asked.in_the_way(long)) < 600
