"""Are several proposals decided with one confirmation, and still one by one?"""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from proposals import together
from proposals.models import Proposal, Review, Status
from proposals.together import Chosen, Word
from targets.models import Target
from tests.factories import NOW, make_proposal, make_report, make_user
from tests.people import pseudonym
from validation.models import Outcome

TOGETHER = "/proposals/together/"


@pytest.fixture
def anna(client: Client, target: Target) -> Client:
    """Sign in as a reviewer called anna."""
    client.force_login(make_user(name="anna"))
    return client


def _ticked(*proposals: Proposal) -> list[str]:
    return [f"{proposal.pk}:{proposal.document_digest}" for proposal in proposals]


def _statuses() -> list[str]:
    return sorted(Proposal.objects.values_list("status", flat=True))


def test_the_list_offers_boxes_only_where_something_can_be_decided(
    anna: Client, target: Target
) -> None:
    proposal = make_proposal(target)
    make_proposal(target, status=Status.REJECTED)
    page = anna.get("/proposals/").content.decode()
    assert f'value="{_ticked(proposal)[0]}"' in page
    assert 'name="chosen"' not in anna.get("/proposals/?state=rejected").content.decode()
    anna.force_login(make_user("viewer"))
    assert 'name="chosen"' not in anna.get("/proposals/").content.decode()


def test_the_confirmation_names_each_and_changes_nothing(anna: Client, target: Target) -> None:
    first, second = make_proposal(target, title="One"), make_proposal(target, title="Two <b>")
    response = anna.get(TOGETHER, {"act": "approve", "chosen": _ticked(first, second)})
    page = response.content.decode()
    assert "Approve 2 proposals?" in page
    for proposal in (first, second):
        assert str(proposal.pk) in page
    assert "Two &lt;b&gt;" in page
    assert _statuses() == [Status.PENDING, Status.PENDING]


def test_each_is_decided_with_an_entry_of_its_own(anna: Client, target: Target) -> None:
    chosen = [make_proposal(target) for _ in range(3)]
    words = {"act": "reject", "category": "not_now", "chosen": _ticked(*chosen)}
    response = anna.post(TOGETHER, words)
    assert response["Location"] == reverse("proposals:decided")
    assert _statuses() == [Status.REJECTED] * 3
    assert Entry.objects.filter(event="proposal.rejected", actor=pseudonym("anna")).count() == 3
    assert set(Review.objects.values_list("category", "reason")) == {("not_now", "Not now")}
    assert "3 decided" in anna.get(response["Location"]).content.decode()


def test_one_that_is_refused_says_why_and_stops_no_other(anna: Client, target: Target) -> None:
    good, bad = make_proposal(target, title="Good"), make_proposal(target, title="Bad")
    make_report(bad, Outcome.REFUSED)
    minded, grave = make_proposal(target), make_proposal(target, risk="high")
    make_report(minded, Outcome.ACKNOWLEDGE)
    gone = f"{uuid.uuid4()}:"
    words = {"act": "approve", "chosen": [*_ticked(bad, good, minded, grave), gone]}
    page = anna.get(anna.post(TOGETHER, words)["Location"]).content.decode()
    assert "2 decided, 3 not" in page
    for reason in (
        "cannot be approved as it stands",
        "Acknowledge the findings",
        "There is no such proposal",
        "a second person has to approve it",
    ):
        assert reason in page
    assert _statuses() == [Status.APPROVED] + [Status.PENDING] * 3


def test_words_that_changed_since_they_were_ticked_are_not_approved(
    anna: Client, target: Target
) -> None:
    proposal = make_proposal(target)
    shown = anna.get(TOGETHER, {"act": "approve", "chosen": f"{proposal.pk}:{'0' * 64}"})
    (ticked,) = re.findall(r'name="chosen"\s+value="([^"]+)"', shown.content.decode())
    assert ticked.endswith(":" + "0" * 64)
    response = anna.post(TOGETHER, {"act": "approve", "chosen": ticked})
    assert "changed since you read it" in anna.get(response["Location"]).content.decode()
    assert _statuses() == [Status.PENDING]


def test_a_no_without_a_reason_is_asked_again_before_anything_happens(
    anna: Client, target: Target
) -> None:
    chosen = _ticked(make_proposal(target), make_proposal(target))
    response = anna.post(TOGETHER, {"act": "reject", "category": "other", "chosen": chosen})
    assert response.status_code == 422
    page = response.content.decode()
    assert "say why" in page
    assert all(f'value="{one}"' in page for one in chosen)
    assert _statuses() == [Status.PENDING, Status.PENDING]


def test_pressing_twice_or_naming_one_twice_decides_once(anna: Client, target: Target) -> None:
    (chosen,) = _ticked(make_proposal(target))
    words = {"act": "approve", "chosen": [chosen, chosen]}
    anna.post(TOGETHER, words)
    page = anna.get(anna.post(TOGETHER, words)["Location"]).content.decode()
    assert "0 decided, 1 not" in page
    assert "Already approved by anna" in page
    assert Entry.objects.filter(event="proposal.approved").count() == 1


@pytest.mark.parametrize("chosen", [[], ["nonsense"], ["", ":", "../../etc"]])
def test_nothing_ticked_is_said(anna: Client, target: Target, chosen: list[str]) -> None:
    page = anna.get(TOGETHER, {"act": "approve", "chosen": chosen}).content.decode()
    assert "Nothing was selected" in page
    response = anna.post(TOGETHER, {"act": "reject", "category": "not_now", "chosen": chosen})
    assert "Nothing was decided" in anna.get(response["Location"]).content.decode()


def test_who_may_not_decide_is_kept_out(client: Client, target: Target) -> None:
    client.force_login(make_user("viewer"))
    words = {"act": "reject", "category": "not_now", "chosen": _ticked(make_proposal(target))}
    assert client.get(TOGETHER, words).status_code == 403
    assert client.post(TOGETHER, words).status_code == 403
    assert _statuses() == [Status.PENDING]


def test_an_unknown_act_never_approves(anna: Client, target: Target) -> None:
    words = {"act": "approve!", "category": "not_now", "chosen": _ticked(make_proposal(target))}
    anna.post(TOGETHER, words)
    assert _statuses() == [Status.REJECTED]


def test_no_more_than_a_page_is_decided_at_once(target: Target) -> None:
    chosen = [Chosen(uuid.uuid4(), "") for _ in range(together.MOST + 7)]
    outcomes = together.decide(chosen, word=Word(True), reviewer=make_user(), at=NOW)
    assert len(outcomes) == together.MOST
    assert not any(outcome.done for outcome in outcomes)
