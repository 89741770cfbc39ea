"""Does the whole road lead from stored events to a pending proposal, with every drop counted?"""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from audit.models import Entry
from evaluation.models import Became, Consideration, Evaluation
from evaluation.self_eval import NotReady, evaluate, has_changed
from personas.providers import KEY_NAME
from ports.llm import PermanentError, Reply
from ports.llm.scripted import ScriptedModel
from proposals.models import Proposal, RejectedInput, Status
from targets.models import State, Target
from tests.evaluation.evidence_for_tests import fail, gateway, succeed
from tests.factories import NOW, commit_to_origin

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


def run(target: Target, **changes: object) -> Evaluation:
    model = changes.get("model")
    assert model is None or isinstance(model, ScriptedModel)
    return evaluate(target, NOW, trigger="command", model=model)


def outcomes(evaluation: Evaluation) -> dict[str, str]:
    rows = Consideration.objects.filter(evaluation=evaluation).select_related("pattern")
    return {row.pattern.component: row.outcome for row in rows if row.pattern}


def test_every_pattern_gets_an_outcome_and_the_counts_agree(target: Target) -> None:
    fail(target)
    fail(target, component="mailer", code="429")
    fail(target, component="digest", code="odd")
    fail(target, component="rare", sessions=["a"])
    succeed(target, "rare", 99)
    evaluation = run(target)
    assert outcomes(evaluation) == {
        "web_search": Became.PROPOSED,
        "mailer": Became.PROPOSED,
        "digest": Became.NO_REMEDY,
        "rare": Became.BELOW_THRESHOLD,
    }
    assert (evaluation.patterns_seen, evaluation.qualified, evaluation.proposed) == (4, 3, 2)
    assert evaluation.error == ""
    assert evaluation.base_commit == target.head_commit
    assert set(Proposal.objects.values_list("status", flat=True)) == {Status.PENDING}


def test_a_second_look_proposes_nothing_again(target: Target) -> None:
    fail(target)
    run(target)
    again = run(target)
    assert (again.proposed, again.duplicates) == (0, 1)
    assert Proposal.objects.count() == 1
    row = Consideration.objects.get(evaluation=again)
    assert row.proposal == Proposal.objects.get()
    assert "open proposal" in row.reason


def test_a_second_pattern_with_the_same_remedy_is_a_duplicate(target: Target) -> None:
    fail(target)
    run(target)
    fail(target, template="another sentence")
    again = run(target)
    assert (again.proposed, again.duplicates) == (0, 2)


def test_no_failures_is_a_normal_result(target: Target) -> None:
    evaluation = run(target)
    assert (evaluation.verdict, evaluation.error) == ("No finding", "")
    assert evaluation.ended_at is not None


def test_start_and_end_are_in_the_log(target: Target) -> None:
    fail(target)
    evaluation = run(target)
    subject = f"evaluation:{evaluation.pk}"
    entries = Entry.objects.filter(subject=subject).order_by("id")
    assert [entry.event for entry in entries] == ["evaluation.started", "evaluation.ended"]
    facts = entries[1].facts
    assert facts["outcomes"]["proposed"] == 1
    assert facts["proposals"] == [str(Proposal.objects.get().pk)]


def test_a_target_that_cannot_be_read_is_refused(target: Target) -> None:
    target.state = State.UNREACHABLE
    with pytest.raises(NotReady, match="cannot be reached"):
        run(target)
    assert not Evaluation.objects.exists()


def test_what_was_killed_is_told_as_interrupted(target: Target) -> None:
    killed = Evaluation.objects.create(
        target=target, trigger="schedule", engine="embedded", started_at=NOW - timedelta(hours=1)
    )
    run(target)
    killed.refresh_from_db()
    assert killed.error == "interrupted before it ended"
    assert killed.ended_at == NOW


@pytest.fixture
def model_engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose the model engine, and set no key."""
    monkeypatch.delenv(KEY_NAME, raising=False)
    chosen = settings.SELFIMPROVE.evaluation.model_copy(update={"engine": "model"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"evaluation": chosen})


def test_without_a_key_the_model_engine_fails_and_the_rules_stay_silent(
    target: Target, model_engine: None
) -> None:
    fail(target)
    evaluation = run(target)
    assert evaluation.engine == "anthropic"
    assert f"{KEY_NAME} is not set" in evaluation.error
    assert outcomes(evaluation) == {"web_search": Became.UNANSWERED}
    assert not Proposal.objects.exists()


def test_a_provider_that_refuses_is_told(target: Target) -> None:
    fail(target)
    error = PermanentError("authentication_error", "the provider answered 401")
    evaluation = run(target, model=ScriptedModel([error]))
    assert evaluation.verdict == "Failed"
    assert "401" in evaluation.error


def test_a_model_without_a_finding_leaves_its_patterns_unanswered(target: Target) -> None:
    fail(target)
    evaluation = run(target, model=ScriptedModel(["I see nothing.\n<done/>"]))
    assert outcomes(evaluation) == {"web_search": Became.UNANSWERED}
    assert (evaluation.malformed, evaluation.error) == (0, "")


def test_a_model_that_is_cut_off_proposes_nothing(target: Target) -> None:
    fail(target)
    cut = Reply(
        text="<done/>",
        model="m",
        stop_reason="max_tokens",
        request_id="r",
        input_tokens=10,
        output_tokens=20,
        cached_tokens=0,
        latency_ms=1,
    )
    evaluation = run(target, model=ScriptedModel([cut]))
    assert (evaluation.input_tokens, evaluation.output_tokens) == (10, 20)
    assert RejectedInput.objects.get().reason.endswith("(stop reason max_tokens)")
    assert "max_tokens" in Consideration.objects.get().reason


def test_where_nothing_qualifies_no_model_is_asked(target: Target) -> None:
    fail(target, sessions=["a"])
    succeed(target, "web_search", 99)
    model = ScriptedModel([])
    run(target, model=model)
    assert model.requests == []


def test_the_same_situation_is_not_evaluated_again(target: Target) -> None:
    assert has_changed(target, NOW)
    fail(target)
    run(target)
    assert not has_changed(target, NOW + timedelta(minutes=5))


@pytest.mark.parametrize("change", ["pattern", "commit", "day"])
def test_a_new_situation_is_evaluated(target: Target, change: str) -> None:
    fail(target)
    run(target)
    later = NOW + timedelta(minutes=5)
    if change == "pattern":
        fail(target, component="mailer", at=later)
    elif change == "commit":
        target.head_commit = commit_to_origin(target, {"config/schedule.yaml": "tasks: {}\n"})
    else:
        later = NOW + timedelta(hours=24)
    assert has_changed(target, later)
