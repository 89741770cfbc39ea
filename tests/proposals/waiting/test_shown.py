"""Do list, page and inbox say for how long something waits, and how grave that is?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from proposals.models import Proposal
from proposals.waiting import ageing
from proposals.waiting.showing import age_of
from selfimprove.console.attention import attention
from targets.models import Target
from tests.factories import NOW, make_proposal, make_report, make_user
from validation.models import Outcome


@pytest.mark.parametrize(
    ("hours", "words", "tone"),
    [
        (5, "waits 5 hours", "quiet"),
        (72, "waits 3 days, reminded", "warn"),
        (168, "waits 7 days, escalated", "bad"),
    ],
)
def test_age_is_said_with_what_was_told(target: Target, hours: int, words: str, tone: str) -> None:
    proposal = make_proposal(target)
    now = NOW + timedelta(hours=hours)
    ageing.age(now)
    found = age_of(Proposal.objects.get(pk=proposal.pk), now)
    assert found
    assert (found.words, found.tone) == (words, tone)


def test_what_nobody_was_told_of_yet_shows_that_it_is_late(target: Target) -> None:
    proposal = make_proposal(target)
    found = age_of(proposal, NOW + timedelta(days=4))
    assert found
    assert (found.words, found.tone) == ("waits 4 days", "warn")


def test_what_was_refused_waits_for_its_writer(target: Target) -> None:
    proposal = make_proposal(target)
    make_report(proposal, Outcome.REFUSED)
    proposal.refresh_from_db()
    found = age_of(proposal, NOW + timedelta(days=2))
    assert found
    assert found.words == "waits 2 days for its writer"


def test_the_inbox_puts_what_was_escalated_first_then_what_waits_longest(target: Target) -> None:
    now = NOW + timedelta(hours=100)
    make_proposal(target, title="Young", at=now - timedelta(hours=1))
    make_proposal(target, title="Old", severity="low")
    make_proposal(target, title="Grave", severity="high", at=NOW + timedelta(hours=5))
    ageing.age(now)
    rows = [row for row in attention(now, lambda _: True) if "proposals/" in row.url]
    assert [row.title for row in rows] == ["Grave", "Old", "Young"]
    assert (rows[0].badge, rows[0].tone) == ("Waits 3 days, escalated", "bad")
    assert rows[2].badge == "Awaiting review"


def test_list_and_page_carry_the_badge(target: Target, client: Client) -> None:
    client.force_login(make_user())
    proposal = make_proposal(target, at=timezone.now() - timedelta(days=8))
    ageing.age(timezone.now())
    for address in ("/proposals/", proposal.get_absolute_url()):
        assert "Waits 8 days, escalated" in client.get(address).content.decode(), address
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert "This proposal waits for too long: operators and admins were told" in page
