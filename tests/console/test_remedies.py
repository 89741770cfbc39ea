"""Does a pattern's page tell what answers it, the verdict, and when something was deployed?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.log import Actor
from delivery.models import Outcome
from evaluation.models import Lesson
from proposals.models import Evidence, Proposal
from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import Pattern
from telemetry.patterns import merging, outside
from tests.console.rows import make_delivery
from tests.factories import NOW, make_pattern, make_proposal, make_target
from tests.telemetry.scene import call

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")
HOUR = timedelta(hours=1)


@pytest.fixture
def target(tmp_path_factory: pytest.TempPathFactory) -> Target:
    return make_target(tmp_path_factory.mktemp("target"))


def answer(pattern: Pattern, proposal: Proposal) -> None:
    Evidence.objects.create(
        proposal=proposal, pattern=pattern, count=4, session_count=2, first_seen=NOW, last_seen=NOW
    )


def test_a_pattern_names_its_remedy_and_the_verdict(target: Target, admin_client: Client) -> None:
    pattern, other = make_pattern(target), make_pattern(target)
    proposal = make_proposal(target, title="Wait longer for an answer")
    answer(pattern, proposal)
    Lesson.objects.create(
        proposal=proposal, target=target, verdict=Lesson.Verdict.INEFFECTIVE,
        detail="It fails as often as before.", at=NOW,
    )  # fmt: skip
    page = admin_client.get(pattern.get_absolute_url()).content.decode()
    remedies = page[page.index('id="remedies-title"') : page.index('id="history"')]
    assert f'href="{proposal.get_absolute_url()}">Wait longer for an answer' in remedies
    assert "Ineffective" in remedies
    assert "It fails as often as before." in remedies
    empty = admin_client.get(other.get_absolute_url()).content.decode()
    assert "Nothing answers it yet" in empty
    listed = admin_client.get("/telemetry/?tab=all").content.decode()
    assert listed.count("Wait longer for an answer") == 1


def test_a_merged_pattern_brings_its_remedies_along(target: Target) -> None:
    whole, part = make_pattern(target), make_pattern(target)
    proposal = make_proposal(target, title="Try again")
    answer(part, proposal)
    assert outside.remedies([whole.pk]) == {}
    merging.merge(whole, [part], actor=ADA, at=NOW, reason="the same")
    (remedy,) = outside.remedies([whole.pk])[whole.pk]
    assert (remedy.title, remedy.verdict) == ("Try again", "")


def test_a_deployment_and_its_end_are_marked_where_they_lie(
    target: Target, admin_client: Client
) -> None:
    now = timezone.now()
    ingest.store(target, [call(n, at=now - n * HOUR / 60) for n in range(1, 50)], now)
    mining.mine(target, now)
    pattern = Pattern.objects.get()
    delivery = make_delivery(
        target, outcome=Outcome.REVERTED, deployed_at=now - 40 * HOUR / 60,
        reverted_at=now - 20 * HOUR / 60, ended_at=now,
    )  # fmt: skip
    marks = outside.deployments(target.pk, now - HOUR, now)
    assert [(mark.label, mark.taken_back) for mark in marks] == [
        (f"#{delivery.pk} deployed", False),
        (f"#{delivery.pk} taken back", True),
    ]
    assert outside.deployments(target.pk, now - HOUR / 2, now) == marks[1:]
    assert outside.deployments(target.pk, now - 9 * HOUR, now - HOUR) == []
    page = admin_client.get(pattern.get_absolute_url()).content.decode()
    assert f"#{delivery.pk} deployed" in page
    assert f"#{delivery.pk} taken back" in page
