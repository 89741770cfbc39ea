"""Does a decision made on the page bind what was read, with and without JavaScript?"""

import pytest
from django.test import Client
from django.urls import reverse

from proposals import decision
from proposals.models import Proposal, Status
from targets.models import Target
from tests.factories import NOW, make_proposal, make_report, make_user
from validation.models import Outcome

HTMX = {"HX-Request": "true"}


@pytest.fixture
def anna(client: Client, target: Target) -> Client:
    """Sign in as a reviewer called anna."""
    client.force_login(make_user(name="anna"))
    return client


def _approve(client: Client, proposal: Proposal, digest: str = "", **more: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    words = {"document_digest": digest or proposal.document_digest, **more}
    return client.post(reverse("proposals:approve", args=[proposal.pk]), words)


def _status(proposal: Proposal) -> str:
    return Proposal.objects.values_list("status", flat=True).get(pk=proposal.pk)


def test_approving_without_javascript_redirects_and_says_so(anna: Client, target: Target) -> None:
    proposal = make_proposal(target)
    response = _approve(anna, proposal)
    assert response.status_code == 302
    assert _status(proposal) == Status.APPROVED
    page = anna.get(response["Location"]).content.decode()
    assert "Approved. The delivery begins within seconds." in page
    assert ">anna</span>" in page


def test_with_htmx_the_box_and_what_it_changes_are_redrawn(anna: Client, target: Target) -> None:
    proposal = make_proposal(target)
    address = reverse("proposals:approve", args=[proposal.pk])
    words = {"document_digest": proposal.document_digest}
    text = anna.post(address, words, headers=HTMX).content.decode()
    assert text.lstrip().startswith("<section")
    assert "<html" not in text
    assert "Approved. The delivery begins" in text
    assert text.count('hx-swap-oob="true"') == 7
    for name in ("status", "standing", "delivery-slot", "checks", "timeline", "waiting-count"):
        assert f'id="{name}"' in text
    assert "anna approved this proposal" in text


def test_a_delivery_that_asks_for_the_box_is_not_drawn_over(anna: Client, target: Target) -> None:
    proposal = make_proposal(target, status=Status.PR_OPEN)
    box = anna.get(f"{proposal.get_absolute_url()}?delivery=shown", headers=HTMX).content.decode()
    assert 'id="timeline"' in box
    assert 'id="delivery-slot"' not in box


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_words_that_changed_are_a_conflict_shown_in_place(
    anna: Client, target: Target, headers: dict[str, str]
) -> None:
    proposal = make_proposal(target)
    address = reverse("proposals:approve", args=[proposal.pk])
    response = anna.post(address, {"document_digest": "0" * 64}, headers=headers)
    assert response.status_code == 409
    assert "changed since you read it" in response.content.decode()
    assert _status(proposal) == Status.PENDING


def test_after_a_conflict_the_box_does_not_offer_words_nobody_read(
    anna: Client, target: Target
) -> None:
    proposal = make_proposal(target)
    address = reverse("proposals:approve", args=[proposal.pk])
    text = anna.post(address, {"document_digest": "0" * 64}, headers=HTMX).content.decode()
    assert "Read it again" in text
    assert proposal.document_digest not in text.split('id="standing"')[0]
    looked = anna.get(f"{proposal.get_absolute_url()}?read={'0' * 64}", headers=HTMX)
    assert "The words changed while you were reading" in looked.content.decode()
    assert "Approve this change" not in looked.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_second_reviewer_reads_who_was_first(
    anna: Client, target: Target, headers: dict[str, str]
) -> None:
    proposal = make_proposal(target)
    digest = proposal.document_digest
    decision.approve(proposal, reviewer=make_user(name="ben"), document_digest=digest, at=NOW)
    address = reverse("proposals:approve", args=[proposal.pk])
    response = anna.post(address, {"document_digest": digest}, headers=headers)
    assert response.status_code == 409
    assert "Already approved by ben" in response.content.decode()


def test_an_unchecked_one_is_refused_with_its_reason(anna: Client, target: Target) -> None:
    proposal = make_proposal(target)
    Proposal.objects.update(report=None)
    response = _approve(anna, proposal)
    assert response.status_code == 409
    assert "has not been checked yet" in response.content.decode()


def test_findings_are_acknowledged_by_a_tick(anna: Client, target: Target) -> None:
    proposal = make_proposal(target)
    make_report(proposal, Outcome.ACKNOWLEDGE)
    assert 'name="acknowledged"' in anna.get(proposal.get_absolute_url()).content.decode()
    assert _approve(anna, proposal).status_code == 409
    assert _approve(anna, proposal, acknowledged="on").status_code == 302


def test_a_first_of_two_approvals_says_that_another_is_needed(
    anna: Client, target: Target
) -> None:
    proposal = make_proposal(target, risk="high")
    page = anna.get(_approve(anna, proposal)["Location"]).content.decode()
    assert "A second person has to approve it as well" in page
    assert "You approved this already" in page
    assert _status(proposal) == Status.PENDING


def test_rejecting_keeps_kind_and_words(anna: Client, target: Target) -> None:
    proposal = make_proposal(target)
    address = reverse("proposals:reject", args=[proposal.pk])
    response = anna.post(address, {"category": "too_risky", "reason": "On a Friday?"})
    assert response.status_code == 302
    proposal.refresh_from_db()
    assert (proposal.status, proposal.reason) == (Status.REJECTED, "On a Friday?")
    assert proposal.reviews.get().category == "too_risky"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_no_without_a_reason_is_sent_back(
    anna: Client, target: Target, headers: dict[str, str]
) -> None:
    proposal = make_proposal(target)
    address = reverse("proposals:reject", args=[proposal.pk])
    response = anna.post(address, {"category": "made-up", "reason": " "}, headers=headers)
    assert response.status_code == 422
    assert "say why" in response.content.decode()
    assert _status(proposal) == Status.PENDING


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_who_may_not_decide_cannot(client: Client, target: Target, act: str) -> None:
    client.force_login(make_user("viewer"))
    proposal = make_proposal(target)
    words = {"document_digest": proposal.document_digest, "reason": "x"}
    response = client.post(reverse(f"proposals:{act}", args=[proposal.pk]), words)
    assert response.status_code == 403
    assert _status(proposal) == Status.PENDING
    assert client.get(reverse(f"proposals:{act}", args=[proposal.pk])).status_code in (403, 405)


def test_a_decision_needs_the_forms_token(target: Target) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    assert _approve(client, make_proposal(target)).status_code == 403
