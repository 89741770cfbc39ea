"""Do the three agents of a generation work the same where Bedrock answers for them?"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from pytest_django import Settings

from generations.models import Generation
from personas.agents import load
from personas.models import Exchange, Line, State
from ports.agentcore.standin import frames
from ports.llm.options import Models
from ports.llm.standin.routes import aws_failure, in_frames
from ports.llm.standin.server import Asked, StandIn, serving
from ports.llm.standin.steps import Step
from targets.models import Target
from tests.generations.modelled.wire import (
    BUILT,
    begin,
    planned,
    reviewed,
    shop,
    step,
    walk,
)

pytestmark = pytest.mark.django_db
PROFILE = "global.anthropic.claude-sonnet-5-5"
STREAM = f"/model/{PROFILE}/invoke-with-response-stream"


@pytest.fixture
def target(tmp_path: Path, settings: Settings) -> Target:
    """Make a target, and declare that each agent is answered at Bedrock."""
    folder = tmp_path / "config"
    shutil.copytree(settings.CONFIG_DIR, folder)
    text = (folder / "agents.yaml").read_text(encoding="utf-8")
    text = text.replace("provider: anthropic", "provider: bedrock")
    text = text.replace("model: claude-sonnet-5-5", f"model: {PROFILE}")
    (folder / "agents.yaml").write_text(text, encoding="utf-8")
    settings.CONFIG_DIR = folder
    return shop(tmp_path, settings)


def turned(target: Target, settings: Settings, *steps: Step) -> tuple[Generation, StandIn]:
    with serving(steps) as played:
        update = {"models": Models(bedrock_address=played.address)}
        settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update=update)
        return walk(begin(target)), played


def questions(played: StandIn) -> list[Asked]:
    """Leave out the counts, which hold a whole question at Bedrock."""
    return [one for one in played.asked if "count" not in one.path]


def asked_at(played: StandIn) -> list[str]:
    return [one.path for one in questions(played)]


def form(sent: Mapping[str, object]) -> object:
    wanted = sent["output_config"]
    assert isinstance(wanted, dict)
    return wanted.get("format")


def test_a_plan_a_change_and_a_review_come_over_streams(
    target: Target, settings: Settings
) -> None:
    generation, played = turned(target, settings, planned(), BUILT, reviewed())
    assert generation.runs.filter(result="PASSED").count() == 3
    assert "-import os" in generation.diff
    assert generation.review is not None
    assert generation.review["approved"] is True
    assert asked_at(played) == [STREAM] * 3
    # Architect and Reviewer are held to a form, the Builder to none, as elsewhere.
    assert [form(one.body) is not None for one in questions(played)] == [True, False, True]
    lines = list(Line.objects.order_by("pk"))
    assert [line.state for line in lines] == [State.SETTLED] * 3
    assert {(line.engine, line.model_asked) for line in lines} == {("bedrock", PROFILE)}
    assert load()["Builder"].provider == "bedrock"


def test_a_stream_that_is_throttled_in_the_middle_is_asked_for_again_and_paid_for(
    target: Target, settings: Settings
) -> None:
    broken = in_frames(Step(events=(frames.exception("throttlingException"),)))
    generation, played = turned(target, settings, broken, planned(), BUILT, reviewed())
    assert generation.runs.filter(result="PASSED").count() == 3
    assert asked_at(played) == [STREAM] * 4
    first = Exchange.objects.select_related("line").earliest("pk")
    assert [one["kind"] for one in first.failed_attempts] == ["ThrottlingException"]
    assert first.line is not None
    assert first.line.at_least


def test_credentials_that_are_taken_away_end_the_generation_with_that_reason(
    target: Target, settings: Settings
) -> None:
    denied = aws_failure(403, "ExpiredTokenException", "the token is expired")
    with serving([planned(), denied]) as played:
        update = {"models": Models(bedrock_address=played.address)}
        settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update=update)
        generation = begin(target)
        step(generation)
        step(generation)
    assert not generation.is_open
    assert "ExpiredTokenException" in generation.reason
    assert Line.objects.latest("pk").state == State.REFUNDED
