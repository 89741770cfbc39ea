"""Is an evaluator asked by both engines, and left at once by whoever calls a generation off?"""

import json
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings
from pytest_django import Settings

from generations.advising.opinion import JUDGED, KEY
from generations.models import Generation
from ports.llm.standin.steps import Step
from proposals.models import Proposal
from tests.generations.advising.asking import answer, judged_by, noted, result, sent, words
from tests.generations.calling_off import BUSY, SECONDS, called_off, nothing_left
from tests.generations.embedded import walking
from tests.generations.modelled import wire
from tests.generations.modelled.wire import BUILT, agents, planned, reviewed, shop

pytestmark = pytest.mark.django_db(transaction=True)


def test_code_fixers_have_their_change_judged_and_named_as_what_they_are(
    tmp_path: Path, settings: LazySettings
) -> None:
    on = walking.target(tmp_path, settings, pythons={"shop": Path(sys.executable)})
    with judged_by(settings) as played:
        generation = walking.walk(on)
        spans = sent(played)
    assert noted(generation)["outcome"] == JUDGED
    assert {one["name"] for one in spans} == {"invoke_agent Rule engine"}
    assert words(spans[1], "output") == generation.diff


def test_agents_have_their_change_judged_by_their_names(
    tmp_path: Path, settings: Settings
) -> None:
    on = shop(tmp_path, settings)
    with agents(settings, planned(), BUILT, reviewed()) as models, judged_by(settings) as played:
        generation = wire.walk(wire.begin(on))
        spans = sent(played)
        assert len(wire.billed(models)) == 3
    assert noted(generation)["outcome"] == JUDGED
    assert [one["attributes"]["gen_ai.agent.name"] for one in spans] == [
        *("Architect", "Builder", "Reviewer"),
    ]
    assert json.loads(words(spans[2], "output"))["approved"] is True


def test_an_opinion_changes_nothing_of_what_the_agents_review_says(
    tmp_path: Path, settings: Settings
) -> None:
    on = shop(tmp_path, settings)
    with agents(settings, planned(), BUILT, reviewed(approved=False, must_fix=["No."])):
        generation = wire.begin(on)
        with judged_by(settings, answer(result(generation, value=1.0))):
            generation = wire.walk(generation)
    assert (generation.outcome, generation.reason_kind) == ("REJECTED", "review")


@pytest.mark.parametrize("seconds", [2.0, 60.0])
def test_called_off_in_the_middle_it_ends_within_moments(
    tmp_path: Path, settings: LazySettings, seconds: float
) -> None:
    on = walking.target(tmp_path, settings, pythons={"shop": Path(sys.executable)})
    silent = Step(body=b"{}", delay=seconds)
    with judged_by(settings, silent, call_seconds=300), nothing_left(tmp_path):
        generation = walking.begin(on)
        took = called_off(generation, "review", "asks AgentCore's evaluator")
    assert took < SECONDS * BUSY
    assert not Proposal.objects.exists()
    review = Generation.objects.get().runs.get(phase="review")
    assert KEY not in review.details
