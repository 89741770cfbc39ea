"""Does the page hold everything that a decision needs, and nothing that acts by itself?"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from proposals import checks, decision
from proposals.models import Proposal, Status
from targets.models import Target
from telemetry.models import MinuteCount
from tests.factories import NOW, make_pattern, make_proposal, make_report, make_user
from validation.models import Outcome


@pytest.fixture
def reviewer(client: Client, target: Target) -> Client:
    """Sign in as somebody who may decide."""
    client.force_login(make_user(name="anna"))
    return client


def _shown(client: Client, proposal: Proposal) -> str:
    response = client.get(proposal.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_problem_cause_diff_risk_and_rollback_are_there(reviewer: Client, target: Target) -> None:
    page = _shown(reviewer, make_proposal(target, kind="optimization"))
    for words in (
        "is given up after 400 ms",
        "The time limit lies below the median answer",
        "Raise the limit of this one tool",
        "The median wait falls by half",
        "a session may wait up to 1.2 s",
        "the limit is read again on reload",
        "si-diff__row--add",
        "config/tools.yaml",
        "Performance impact",
        "Rule engine — no language model was called",
    ):
        assert words in page


def test_evidence_shows_counts_samples_a_chart_and_its_numbers(
    reviewer: Client, target: Target
) -> None:
    pattern = make_pattern(target, events=41)
    uids = ", ".join(target.events.values_list("uid", flat=True))
    for minute in range(30):
        at = NOW - timedelta(minutes=minute + 1)
        MinuteCount.objects.create(
            target=target, at=at, component="web_search", calls=10, failures=4
        )
    front = f"patterns: [{pattern.pk}]\nevents: [{uids}]\n"
    page = _shown(reviewer, make_proposal(target, front=front))
    assert '<span class="si-strong">41</span> failures' in page
    assert "upstream did not answer within 400 ms" in page
    assert "Failures of web_search" in page
    assert "<svg" in page
    assert '<td class="si-num">10</td>' in page


def test_numbers_without_a_pattern_are_called_the_authors_own(
    reviewer: Client, target: Target
) -> None:
    page = _shown(reviewer, make_proposal(target, engine="person", author="carol"))
    assert "these numbers are the author's own" in page
    assert "Written by a person" in page


def test_what_was_checked_is_shown_gate_by_gate(reviewer: Client, target: Target) -> None:
    proposal = make_proposal(target)
    report = checks.check(proposal, NOW)
    page = _shown(reviewer, proposal)
    for result in report.results.all():
        assert result.question in page.replace("&#x27;", "'")


def test_the_timeline_tells_the_story_from_the_log(reviewer: Client, target: Target) -> None:
    proposal = make_proposal(target, status=Status.REJECTED)
    page = _shown(reviewer, proposal)
    assert "EvalAgent wrote this proposal" in page
    assert f"{proposal.reviewer} rejected this proposal" in page
    assert "The index is at fault." in page


def test_a_delivery_is_asked_for_only_once_there_can_be_one(
    reviewer: Client, target: Target
) -> None:
    permission = Permission.objects.get(codename="view_delivery")
    reader = make_user("viewer")
    reader.user_permissions.add(permission)
    reviewer.force_login(reader)
    waiting, approved = make_proposal(target), make_proposal(target, status=Status.APPROVED)
    address = '"/deliveries/for/{}/?status='
    assert address.format(waiting.pk) not in _shown(reviewer, waiting)
    assert address.format(approved.pk) in _shown(reviewer, approved)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.REFUSED, "The check says “refused”"),
        (Outcome.COULD_NOT_RUN, "The check says “could not run”"),
    ],
)
def test_what_cannot_be_approved_says_why_and_offers_no_button(
    reviewer: Client, target: Target, outcome: str, words: str
) -> None:
    proposal = make_proposal(target)
    make_report(proposal, outcome)
    page = _shown(reviewer, proposal)
    assert words in page
    assert "Approve this change" not in page
    assert "Reject with this reason" in page


def test_an_unchecked_one_waits_and_looks_again(reviewer: Client, target: Target) -> None:
    proposal = make_proposal(target)
    Proposal.objects.update(report=None)
    page = _shown(reviewer, proposal)
    assert "The check is still running" in page
    assert f"?read={proposal.document_digest}" in page


def test_a_reader_without_the_role_sees_no_form(client: Client, target: Target) -> None:
    client.force_login(make_user("viewer"))
    page = _shown(client, make_proposal(target))
    assert "takes the role of a reviewer" in page
    assert 'name="document_digest"' not in page


def test_grave_ones_say_who_approved_and_that_one_more_is_needed(
    reviewer: Client, target: Target
) -> None:
    proposal = make_proposal(target, risk="critical")
    assert "Yours would be the first." in _shown(reviewer, proposal)
    decision.approve(
        proposal,
        reviewer=make_user(name="ben"),
        document_digest=proposal.document_digest,
        at=NOW,
    )
    page = _shown(reviewer, proposal)
    assert "One more approval is needed." in page
    assert ">ben</span>" in page


def test_the_next_one_to_review_is_one_key_away(reviewer: Client, target: Target) -> None:
    first, second = make_proposal(target), make_proposal(target)
    page = _shown(reviewer, first)
    assert f'href="{second.get_absolute_url()}"' in page
    assert all(f'data-key="{key}"' in page for key in "arn")


@pytest.mark.parametrize("status", Status)
def test_every_state_has_a_page(reviewer: Client, target: Target, status: Status) -> None:
    page = _shown(reviewer, make_proposal(target, status=status))
    assert status.label in page
    assert ("Approve this change" in page) is (status is Status.PENDING)


@pytest.mark.parametrize(
    ("engine", "linked"), [("anthropic", False), ("program", False), ("person", True)]
)
def test_words_from_outside_never_act(
    reviewer: Client, target: Target, engine: str, linked: bool
) -> None:
    evil = (
        "<script>alert(1)</script> <img src=x onerror=alert(1)> [click](javascript:alert(1)) "
        "![pixel](https://example.org/p.png) [fine](https://example.org/doc)"
    )
    proposal = make_proposal(target, engine=engine)
    text = proposal.document.replace("The time limit lies below", evil)
    Proposal.objects.filter(pk=proposal.pk).update(document=text)
    page = _shown(reviewer, proposal)
    for bad in ("<script>alert", "<img", 'href="javascript:', "style="):
        assert bad not in page
    # A model may have copied the address from a log: it stays a text.
    assert ('rel="noopener noreferrer nofollow"' in page) is linked
    assert ('href="https://example.org/doc"' in page) is linked
