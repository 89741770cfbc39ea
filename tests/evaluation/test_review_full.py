"""Does an evaluation stop to propose where people have enough to review, and say so?"""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from evaluation.ideas.records import Stand
from evaluation.ideas.writing import begin_waiting
from evaluation.models import Became, Consideration, Evaluation, Idea
from evaluation.self_eval import evaluate, has_changed
from proposals.models import Proposal, Status
from targets.models import Target
from telemetry.models import Severity
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.factories import NOW, make_proposal, make_user
from tests.proposals.waiting.set import review
from tests.tied import place

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


def _evaluate(target: Target) -> Evaluation:
    return evaluate(target, NOW, trigger="schedule")


def _fill(target: Target, settings: LazySettings) -> Proposal:
    review(settings, most_waiting=1)
    return make_proposal(target)


def test_nothing_is_proposed_while_review_is_full(target: Target, settings: LazySettings) -> None:
    waiting = _fill(target, settings)
    fail(target)
    evaluation = _evaluate(target)
    assert evaluation.proposed == 0
    row = Consideration.objects.get(evaluation=evaluation)
    assert (row.outcome, row.reason) == (Became.REVIEW_FULL, "review is full (1 of 1 wait)")
    assert list(Proposal.objects.all()) == [waiting]


def test_the_page_says_what_is_held_back(
    target: Target, settings: LazySettings, client: Client
) -> None:
    _fill(target, settings)
    fail(target)
    client.force_login(make_user("admin"))
    page = client.get(_evaluate(target).get_absolute_url()).content.decode()
    assert "Some of what qualifies was not proposed: review is full (1 of 1 wait)" in page
    assert "Nothing new to propose" not in page
    assert "Review is full" in page


def test_once_one_was_decided_it_is_looked_at_again(
    target: Target, settings: LazySettings
) -> None:
    waiting = _fill(target, settings)
    fail(target)
    _evaluate(target)
    assert not has_changed(target, NOW)
    place(waiting, status=Status.REJECTED, reviewer="ada", reason="No.")
    assert has_changed(target, NOW)
    assert _evaluate(target).proposed == 1


def test_what_is_critical_is_proposed_all_the_same(target: Target, settings: LazySettings) -> None:
    _fill(target, settings)
    pattern = fail(target)
    pattern.severity = Severity.CRITICAL
    pattern.save()
    assert _evaluate(target).proposed == 1


def test_the_gravest_take_the_room_that_is_left(target: Target, settings: LazySettings) -> None:
    review(settings, most_waiting=1)
    fail(target)
    grave = fail(target, component="calendar", severity="high")
    found = _evaluate(target)
    told = {row.pattern_id: row for row in found.considerations.all()}
    assert told.pop(grave.pk).outcome != Became.REVIEW_FULL
    [held] = told.values()
    assert held.outcome == Became.REVIEW_FULL
    assert held.reason == "graver ones take the room that is left for review (0 of 1 wait)"


def test_an_idea_that_was_taken_up_waits_for_room(target: Target, settings: LazySettings) -> None:
    _fill(target, settings)
    idea = Idea.objects.create(
        target=target,
        key="again",
        kind="tuning",
        priority="medium",
        title="Try again",
        status=Stand.ACCEPTED,
        created_at=NOW,
        decided_by="ada",
        decided_at=NOW,
    )
    begun, waiting = begin_waiting(NOW)
    assert begun == []
    assert waiting == [f"{idea.subject} waits: review is full (1 of 1 wait)"]


def test_people_may_hand_in_whatever_waits(target: Target, settings: LazySettings) -> None:
    _fill(target, settings)
    make_proposal(target, engine="person", author="ada")
    assert Proposal.objects.count() == 2
