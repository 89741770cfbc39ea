"""Does a phase that is tried again pay only for what it has not been told yet?"""

from pathlib import Path

import pytest
from pytest_django import Settings

from generations.engines.modelled import ENGINE
from generations.models import Generation, Result
from generations.phases.shape import Interrupted
from personas.models import Exchange
from ports.llm.standin.steps import Step, failure
from targets.models import Target
from tests.generations.modelled.wire import (
    BUILT,
    UNUSED,
    agents,
    begin,
    billed,
    planned,
    shop,
    step,
    turn,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path, settings: Settings) -> Target:
    return shop(tmp_path, settings)


def test_an_answer_that_came_before_the_worker_died_is_used_again(
    target: Target, settings: Settings
) -> None:
    generation = begin(target)
    with agents(settings, planned()) as played:
        first = ENGINE.plan(turn(generation), [UNUSED])  # and then nobody records it
        second = ENGINE.plan(turn(generation), [UNUSED])
    assert (second.plan, second.focus) == (first.plan, first.focus)
    assert second.written_by == "scripted"
    assert len(billed(played)) == 1
    assert Exchange.objects.count() == 1
    assert [call["exchange"] for call in second.details["calls"]] == [Exchange.objects.get().pk]


def test_only_the_second_question_is_asked_again_where_only_it_failed(
    target: Target, settings: Settings
) -> None:
    generation = begin(target)
    with agents(settings, Step(text="No."), failure(529), patience=0.7) as played:
        assert step(generation).result == Result.ERRORED
    assert len(billed(played)) == 2
    with agents(settings, planned()) as played:
        assert step(generation, minutes=5).result == Result.PASSED
    (question,) = billed(played)
    assert "Your last answer could not be used" in str(question["messages"])


def test_another_generation_asks_for_itself(target: Target, settings: Settings) -> None:
    with agents(settings, planned(), planned()) as played:
        ENGINE.plan(turn(begin(target)), [UNUSED])
        Generation.objects.all().delete()
        ENGINE.plan(turn(begin(target)), [UNUSED])
    assert len(billed(played)) == 2


def test_each_phase_asks_under_its_own_name(target: Target, settings: Settings) -> None:
    generation = begin(target)
    with agents(settings, planned(), BUILT):
        step(generation)
        step(generation)
    purposes = [one.purpose.partition("/")[2] for one in Exchange.objects.order_by("pk")]
    assert purposes == ["plan", "build"]
    assert generation.written_by == "scripted"


def test_who_is_stopped_asks_nobody(target: Target, settings: Settings) -> None:
    with agents(settings) as played, pytest.raises(Interrupted):
        ENGINE.plan(turn(begin(target), stopped=True), [UNUSED])
    assert not played.requests
