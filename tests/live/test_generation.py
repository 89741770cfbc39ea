"""Does a real model improve a small project with four planted faults? It is asked only with a key.

What it comes up with is its own affair: the generation has to end with an outcome and its reason,
every call has to be accounted for, and whatever is proposed has to be better than what was there.
"""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from audit.log import Actor
from generations.models import Generation, Outcome, Reason
from generations.running import loop, opening
from generations.running.opening import Wish
from personas.models import Exchange
from personas.providers import KEY_NAME
from proposals.models import Status
from targets.repository import Repository
from tests.generations.four_faults import plant

KEY = os.environ.get(KEY_NAME, "").strip()
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not KEY, reason=f"{KEY_NAME} is not set: the real service is not asked"),
    pytest.mark.django_db,
]
NOT_THE_MODELS_WORK = (Reason.MODEL, Reason.BUDGET, Reason.OURS, Reason.STOPPED)
MOST_DOLLARS = 1.0


@pytest.fixture
def generation(tmp_path: Path, settings: Settings) -> Generation:
    wish = Wish(target=plant(tmp_path, settings), actor=Actor("person", "ada"), writer="model")
    opened = opening.begin(wish, at=timezone.now())
    return loop.drive(opened.pk, timezone.now)


def test_a_generation_on_four_planted_faults_ends_with_its_reason(generation: Generation) -> None:
    assert generation.outcome in (Outcome.ACCEPTED, Outcome.REJECTED)
    assert generation.reason_kind not in NOT_THE_MODELS_WORK
    assert generation.written_by == "anthropic"
    assert generation.plan is not None
    asked = list(Exchange.objects.filter(purpose__startswith=f"{generation.purpose}/"))
    assert {one.agent for one in asked} >= {"Architect", "Builder"}
    assert not any(one.simulated for one in asked)
    costs = [one.line.dollars for one in asked if one.line]
    assert all(cost is not None for cost in costs)
    assert 0 < sum(float(cost or 0) for cost in costs) < MOST_DOLLARS
    if generation.outcome == Outcome.ACCEPTED:
        assert generation.proposal is not None
        assert generation.proposal.status == Status.PENDING
        assert (generation.gain or 0) > 0
    repository = Repository.of(generation.target)
    assert repository.head(generation.target.branch) == generation.base_commit
