"""Is a question that was answered already found again, and only that very one?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from personas import exchanges
from personas.agents import load
from personas.ask import ask
from personas.models import Exchange
from ports.llm import PermanentError, Reply
from ports.llm.scripted import ScriptedModel
from tests.personas.ledger.spend import a_target

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
PURPOSE = "generation:7/build"


def asked(text: str | Reply | PermanentError = "Four edits.", *, prompt: str = "{}") -> None:
    model = ScriptedModel([text])
    ask("Builder", prompt, target=a_target(), at=NOW, model=model, purpose=PURPOSE)


def found(agent: str = "Builder", prompt: str = "{}", **changes: Any) -> Exchange | None:
    given = {"target": a_target(), "purpose": PURPOSE, "since": NOW, **changes}
    return exchanges.answered_before(load()[agent], prompt, **given)


def test_the_same_question_finds_its_latest_answer() -> None:
    asked("The first.")
    asked("The second.")
    again = found()
    assert again is not None
    assert again.answer_text == "The second."


def test_another_question_agent_purpose_target_or_time_finds_nothing() -> None:
    asked()
    assert found(prompt="{ }") is None
    assert found("Reviewer") is None
    assert found(purpose="generation:8/build") is None
    assert found(target=a_target("other")) is None
    assert found(since=NOW + timedelta(seconds=1)) is None


def test_an_answer_that_was_cut_is_asked_for_again() -> None:
    cut = Reply(
        text="half",
        model="m",
        stop_reason="max_tokens",
        request_id="r",
        input_tokens=3,
        output_tokens=4,
        cached_tokens=0,
        latency_ms=9,
    )
    asked(cut)
    assert found() is None


def test_a_failure_is_no_answer() -> None:
    with pytest.raises(PermanentError):
        asked(PermanentError("authentication_error", "the provider answered 401"))
    assert found() is None


def test_what_the_sanitizer_changed_or_the_expiry_took_is_not_what_was_answered() -> None:
    asked("token = 'ghp_" + "a1B2c3D4" * 5 + "'")
    assert found() is None
    asked("Plain words.")
    assert found() is not None
    exchanges.expire(NOW + timedelta(days=400))
    assert found() is None


def test_an_answer_is_asked_for_in_a_form() -> None:
    model = ScriptedModel(["{}", "{}"])
    ask("Reviewer", "{}", target=a_target(), at=NOW, model=model, schema={"type": "object"})
    ask("Reviewer", "{}", target=a_target(), at=NOW, model=model)
    assert [one.schema for one in model.requests] == [{"type": "object"}, None]
