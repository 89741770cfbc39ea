"""Does each fault of each of the three calls end a generation with its reason, and no crash?"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from generations.models import Generation, Outcome, Reason, Result
from personas.models import Exchange, Line, State
from personas.providers import KEY_NAME
from ports.llm.options import Models
from ports.llm.standin.server import serving
from ports.llm.standin.steps import Step, failure
from targets.models import Target
from tests.generations.modelled.wire import (
    BUILT,
    agents,
    begin,
    billed,
    configure,
    pass_gates,
    planned,
    reviewed,
    shop,
    step,
    walk,
)

pytestmark = pytest.mark.django_db
ROAD = {"plan": planned(), "build": BUILT, "review": reviewed()}
PHASES = list(ROAD)
# What a phase calls an answer that it cannot use.
UNUSABLE = {"plan": Reason.NO_PLAN, "build": Reason.EDITS, "review": Reason.REVIEW}
FOREIGN = "Einverstanden, ich kümmere mich darum. 好的,我来处理。Хорошо."


@pytest.fixture
def target(tmp_path: Path, settings: Settings) -> Target:
    return shop(tmp_path, settings)


def before(phase: str) -> list[Step]:
    """Return the good answers that come before a phase."""
    return [ROAD[name] for name in PHASES[: PHASES.index(phase)]]


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        (Step(text="I would rather not say."), 2),
        (Step(text=""), 2),
        (Step(text='{"title": '), 2),
        (Step(text="[" * 100_000), 2),
        (Step(text=FOREIGN), 2),
        (Step(text="half", stop_reason="max_tokens"), 2),
        (Step(text="No.", stop_reason="refusal"), 1),
        (Step(text="\0\ud800"), 2),
    ],
    ids=["prose", "empty", "broken", "nested", "language", "cut", "declined", "unstorable"],
)
def test_an_answer_that_cannot_be_used_rejects(
    target: Target, settings: Settings, phase: str, fault: Step, asked: int
) -> None:
    with agents(settings, *before(phase), fault, fault) as played:
        generation = walk(begin(target))
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, UNUSABLE[phase])
    assert len(billed(played)) == PHASES.index(phase) + asked
    run = generation.runs.get(phase=phase)
    assert (run.result, bool(run.message)) == (Result.REJECTED, True)
    assert len(run.details["calls"]) == asked
    assert Line.objects.filter(state=State.OPEN).count() == 0


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (failure(401), "authentication_error"),
        (failure(403), "permission_error"),
        (failure(404), "not_found_error"),
        (failure(402), "billing_error"),
        (failure(413), "request_too_large"),
        (failure(429, code="enforced_spend_limit_reached"), "enforced_spend_limit_reached"),
        (Step(text="x" * 10_000_000), "answer_too_large"),
    ],
    ids=["key revoked", "denied", "model retired", "unpaid", "too long", "limit", "10 MB"],
)
def test_what_will_never_be_answered_rejects_at_once(
    target: Target, settings: Settings, phase: str, fault: Step, kind: str
) -> None:
    with agents(settings, *before(phase), fault) as played:
        generation = walk(begin(target))
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.MODEL)
    assert generation.reason.startswith(kind)
    assert len(billed(played)) == PHASES.index(phase) + 1
    last = Exchange.objects.latest("pk")
    assert (last.outcome, last.kind) == ("FAILED", kind)
    assert generation.runs.get(phase=phase).details["calls"][-1]["outcome"] == "FAILED"


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(
    "fault",
    [failure(529), failure(500), Step(end="RESET"), Step(end="EOF"), Step(body=b"<html>")],
    ids=["overloaded", "error", "reset", "gone", "a page"],
)
def test_what_passes_by_itself_is_tried_again_later_and_then_goes_on(
    target: Target, settings: Settings, phase: str, fault: Step
) -> None:
    generation = begin(target)
    with agents(settings, *before(phase), patience=600):
        walk_before(generation, phase)
    with agents(settings, fault, patience=0.7) as played:
        run = step(generation)
    assert (run.result, generation.is_open, generation.errors_in_row) == (Result.ERRORED, True, 1)
    assert "TemporaryError" in run.message
    assert len(billed(played)) == 1
    with agents(settings, ROAD[phase]) as played:
        again = step(generation, minutes=5)
    assert (again.result, again.attempt, len(billed(played))) == (Result.PASSED, 2, 1)


def walk_before(generation: Generation, phase: str) -> None:
    for name in PHASES[: PHASES.index(phase)]:
        assert generation.phase == name
        step(generation)
    if phase == "review":
        pass_gates(generation)


def spend_purpose(settings: Settings, tokens: int) -> None:
    configure(settings, "spending", purpose_tokens=tokens)


def spend_day(settings: Settings, tokens: int) -> None:
    configure(settings, "spending", day_tokens=tokens)


@pytest.mark.parametrize("bound", [spend_purpose, spend_day])
@pytest.mark.parametrize("phase", PHASES)
def test_a_budget_that_ends_in_the_middle_ends_the_generation(
    target: Target,
    settings: Settings,
    phase: str,
    bound: Callable[[Settings, int], None],
) -> None:
    generation = begin(target)
    with agents(settings, *before(phase)) as played:
        walk_before(generation, phase)
        bound(settings, 2000)
        step(generation)
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.BUDGET)
    assert len(billed(played)) == PHASES.index(phase)
    (call,) = generation.runs.get(phase=phase).details["calls"]
    assert (call["outcome"], call["cost_usd"]) == ("BUDGET_REACHED", 0.0)


def test_each_generation_has_a_budget_of_its_own(target: Target, settings: Settings) -> None:
    configure(settings, "spending", purpose_tokens=12_000)
    with agents(settings, planned(), planned()) as played:
        first = begin(target)
        step(first)
        assert step(first).result == Result.REJECTED
        assert first.reason_kind == Reason.BUDGET
        assert step(begin(target), minutes=2).result == Result.PASSED
    assert [str(one.purpose) for one in Exchange.objects.order_by("pk")] == [
        f"generation:{first.pk}/plan",
        f"generation:{first.pk}/build",
        f"generation:{first.pk + 1}/plan",
    ]
    assert len(billed(played)) == 2


def test_without_a_key_nobody_is_asked_and_nobody_steps_in(
    target: Target, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_NAME, raising=False)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"models": Models()})
    generation = walk(begin(target))
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.MODEL)
    assert f"{KEY_NAME} is not set" in generation.reason
    assert not Exchange.objects.exists()


def test_a_question_that_is_counted_too_large_is_asked_in_less_room(
    target: Target, settings: Settings
) -> None:
    huge = Step(body=json.dumps({"input_tokens": 900_000}).encode())
    for sizes, ends in (([huge], Result.PASSED), ([huge] * 3, Result.REJECTED)):
        generation = begin(target)
        with serving([planned()], counting=sizes) as played:
            models = Models().model_copy(update={"address": played.address})
            settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"models": models})
            assert step(generation).result == ends
        type(generation).objects.filter(pk=generation.pk).update(
            outcome="CANCELLED", reason="over", ended_at=generation.started_at
        )
    assert generation.reason_kind == Reason.MODEL
    assert "max_prompt_tokens" in generation.reason
