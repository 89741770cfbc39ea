"""What does a proposal's page show while a check is at work, and after somebody ended it?"""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from proposals.models import Proposal, RunningCheck
from proposals.running import keeping
from targets.models import Target
from tests.factories import make_proposal, make_report, make_target, make_user
from validation.models import Outcome, Report

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user("admin", name="sam"))
    return client


def running(target: Target) -> Proposal:
    proposal = make_proposal(target)
    check = keeping.begin(proposal)
    assert check is not None
    RunningCheck.objects.update(
        gate="tests",
        gate_at=timezone.now(),
        answered=8,
        lines="Ran 3 tests\n<script>alert(1)</script>",
    )
    return proposal


def page(client: Client, proposal: Proposal) -> str:
    answer = client.get(proposal.get_absolute_url())
    assert answer.status_code == 200
    return answer.content.decode()


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_the_gate_at_work_and_the_last_lines_are_shown_and_drawn_again_by_themselves(
    client: Client, target: Target
) -> None:
    text = page(client, running(target))
    assert "tests since" in words(text)
    assert "8 answered" in words(text)
    assert "Ran 3 tests\n&lt;script&gt;alert(1)" in text
    assert 'hx-trigger="every 2s"' in text
    assert "Stop the check" in text


def test_the_fragment_that_is_asked_for_again_holds_the_running_check(
    client: Client, target: Target
) -> None:
    proposal = running(target)
    address = f"{proposal.get_absolute_url()}?read={proposal.document_digest}"
    text = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'id="checks" hx-swap-oob="true"' in text
    assert "Ran 3 tests" in text
    RunningCheck.objects.all().delete()
    text = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "Ran 3 tests" not in text
    assert 'hx-trigger="every 2s"' not in text


def test_who_may_only_look_sees_it_without_buttons(target: Target) -> None:
    client = Client()
    client.force_login(make_user("viewer"))
    text = page(client, running(target))
    assert "Ran 3 tests" in text
    assert "Stop the check" not in text
    assert "Check it again" not in text


def test_the_button_stops_it_and_says_by_whom(client: Client, target: Target) -> None:
    proposal = running(target)
    answer = client.post(reverse("proposals:stop-check", args=[proposal.pk]))
    assert answer.status_code == 302
    text = page(client, proposal)
    assert "sam stops it." in text
    assert "Stop the check" not in text
    again = client.post(reverse("proposals:stop-check", args=[proposal.pk]), follow=True)
    assert "No check is at work" in again.content.decode()


def test_a_stopped_check_offers_another_and_the_button_asks_for_it(
    client: Client, target: Target
) -> None:
    proposal = make_proposal(target)
    make_report(proposal, Outcome.COULD_NOT_RUN)
    Report.objects.filter(proposals=proposal).update(stopped_by="sam")
    assert "sam stopped it before its end" in page(client, proposal)
    answer = client.post(reverse("proposals:check-again", args=[proposal.pk]), follow=True)
    text = answer.content.decode()
    assert "Another check begins within seconds" in text
    assert "sam asked for another check" in text
    assert "Check it again" not in text
    refused = client.post(reverse("proposals:check-again", args=[proposal.pk]), follow=True)
    assert refused.status_code == 200


def test_an_answer_that_was_found_again_says_since_when(client: Client, target: Target) -> None:
    proposal = make_proposal(target)
    assert "As found on" not in page(client, proposal)
    report = proposal.report
    assert report is not None
    report.results.update(found_at=timezone.now(), outcome=Outcome.ACKNOWLEDGE)
    assert "As found on" in words(page(client, proposal))


@pytest.mark.parametrize("name", ["again", "stop"])
def test_strangers_are_refused(target: Target, name: str) -> None:
    proposal = running(target)
    client = Client()
    client.force_login(make_user("viewer"))
    address = {"again": "proposals:check-again", "stop": "proposals:stop-check"}[name]
    assert client.post(reverse(address, args=[proposal.pk])).status_code == 403
    assert RunningCheck.objects.get().stopped_by == ""
