"""Is every question to a model kept with its money, and nothing of it that must not be?"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from pytest_django import Settings

from audit.events import Event
from audit.models import Entry
from personas import exchanges
from personas.agents import load
from personas.ask import Answer, ask
from personas.counting import PromptTooLarge
from personas.exchanges import digest
from personas.ledger.budgets import BudgetReached
from personas.models import Exchange, Line, Outcome, State
from ports.llm import Attempt, ModelError, PermanentError, Reply, Request, TemporaryError
from ports.llm.scripted import ScriptedModel
from tests.personas.ledger.spend import NOW, a_target, budget

pytestmark = pytest.mark.django_db
SECRET = "sk-ant-api03-" + "Ab3" * 31 + "-AAAAAA"


class Metered(ScriptedModel):
    """Answer as written, under a provider's name, and count tokens if told to."""

    engine = "anthropic"

    def __init__(
        self, answers: Sequence[str | Reply | ModelError], counts: int | ModelError | None = None
    ) -> None:
        super().__init__(answers)
        self.counts = counts

    def count(self, request: Request) -> int | None:
        if isinstance(self.counts, ModelError):
            raise self.counts
        return self.counts


def reply(**changes: Any) -> Reply:
    given: dict[str, Any] = {
        "text": "Nothing.",
        "model": "claude-sonnet-5-5-20260801",
        "stop_reason": "end_turn",
        "request_id": "req_1",
        "input_tokens": 1000,
        "output_tokens": 500,
        "cached_tokens": 600,
        "written_cache_tokens": 200,
        "latency_ms": 1234,
    }
    return Reply(**{**given, **changes})


def asked(model: ScriptedModel, prompt: str = "{}", **changes: Any) -> Answer:
    return ask("EvalAgent", prompt, **{"target": a_target(), "at": NOW, "model": model, **changes})


def test_an_answer_is_kept_with_what_it_cost() -> None:
    answer = asked(Metered([reply()], counts=900), prompt='{"a": 1}', purpose="evaluation:7/look")
    kept = Exchange.objects.get()
    agent = load()["EvalAgent"]
    assert (kept.pk, kept.outcome, kept.agent) == (answer.exchange, Outcome.ANSWERED, agent.name)
    assert (kept.model_asked, kept.model) == (agent.model, "claude-sonnet-5-5-20260801")
    assert (kept.engine, kept.simulated, kept.effort) == ("anthropic", False, agent.effort)
    assert (kept.prompt_text, kept.answer_text) == ('{"a": 1}', "Nothing.")
    assert (kept.prompt_digest, kept.answer_digest) == (digest('{"a": 1}'), digest("Nothing."))
    assert (kept.role_digest, kept.declaration_digest) == (agent.prompt_digest, agent.digest)
    assert (kept.prompt_tokens, kept.estimated) == (900, False)
    assert (kept.stop_reason, kept.request_id, kept.latency_ms) == ("end_turn", "req_1", 1234)
    assert kept.purpose == "evaluation:7/look"
    line = kept.line
    assert line is not None
    assert line.root == "evaluation:7"
    assert (line.input_tokens, line.cached_tokens, line.written_tokens) == (1000, 600, 200)
    # 200 at 2, 600 at 0.10, 200 at 2.50 and 500 said at 10, a million.
    assert line.dollars == answer.cost == Decimal("0.00596")
    assert not answer.at_least
    entry = Entry.objects.get(event=Event.MODEL_ASKED)
    assert (entry.actor, entry.subject) == ("EvalAgent", f"exchange:{kept.pk}")
    assert entry.facts["cost"] == "$0.005960"
    assert entry.facts["answer"] == kept.answer_digest


def test_the_answer_reaches_the_caller_whole_and_the_record_without_secrets() -> None:
    said = f"use {SECRET} now"
    answer = asked(Metered([reply(text=said)]), prompt=f'{{"key": "{SECRET}"}}')
    kept = Exchange.objects.get()
    assert answer.text == said
    assert SECRET not in kept.prompt_text + kept.answer_text
    assert kept.answer_digest == digest(said)


def test_long_texts_are_cut_and_their_digests_are_of_the_whole() -> None:
    said = "word " * 2_000_000
    asked(Metered([reply(text=said)]))
    kept = Exchange.objects.get()
    assert len(kept.answer_text) < 70_000
    assert kept.answer_characters == len(said)
    assert kept.answer_digest == digest(said)


@pytest.mark.parametrize(
    ("stop", "outcome"),
    [("max_tokens", Outcome.CUT), ("refusal", Outcome.DECLINED), ("pause_turn", Outcome.CUT)],
)
def test_an_answer_that_is_none_says_so_and_is_paid_for(stop: str, outcome: Outcome) -> None:
    assert not asked(Metered([reply(stop_reason=stop)])).complete
    kept = Exchange.objects.select_related("line").get()
    assert kept.outcome == outcome
    assert kept.line is not None
    assert kept.line.cost


def test_a_refusal_of_the_provider_costs_nothing_and_is_kept() -> None:
    error = PermanentError("authentication_error", "the provider answered 401")
    with pytest.raises(PermanentError):
        asked(Metered([error]))
    kept = Exchange.objects.select_related("line").get()
    assert (kept.outcome, kept.kind) == (Outcome.FAILED, "authentication_error")
    assert "401" in kept.detail
    assert kept.line is not None
    assert (kept.line.state, kept.line.cost) == (State.REFUNDED, 0)


def test_an_attempt_of_unknown_usage_makes_the_total_at_least() -> None:
    broken = Attempt(kind="stream_broken", usage_unknown=True)
    answer = asked(Metered([reply(failed_attempts=(broken,), usage_unknown=True)]))
    kept = Exchange.objects.get()
    assert answer.at_least
    assert answer.failed_attempts == (broken,)
    assert kept.failed_attempts == [{"kind": "stream_broken", "usage_unknown": True}]


def test_a_call_that_broke_off_is_unknown_and_never_free() -> None:
    broken = Attempt(kind="stream_broken", usage_unknown=True)
    with pytest.raises(TemporaryError):
        asked(Metered([TemporaryError("stream_broken", "ReadError", attempts=(broken,))]))
    line = Line.objects.get()
    assert (line.state, line.cost, line.at_least) == (State.SETTLED, None, True)
    assert line.counted_cost == line.reserved_cost


@pytest.mark.parametrize(
    "wrong",
    [{"cached_tokens": 5000}, {"output_tokens": -1}, {"input_tokens": 10**30}],
    ids=["cached", "negative", "huge"],
)
def test_usage_that_cannot_be_is_unknown_and_the_answer_is_not_lost(wrong: dict[str, int]) -> None:
    answer = asked(Metered([reply(**wrong)]))
    assert answer.text == "Nothing."
    assert answer.cost is None
    assert answer.at_least
    assert Line.objects.get().state == State.SETTLED


def test_nonsense_that_a_provider_tells_loses_no_answer() -> None:
    broken = Attempt(kind="x\x00" * 99, input_tokens=-5)
    strange = {"model": "m\x00" * 300, "stop_reason": "s" * 99, "request_id": "\ud800" * 300}
    answer = asked(Metered([reply(failed_attempts=(broken,), **strange)], counts=7))
    assert answer.text == "Nothing."
    assert answer.at_least
    assert len(Exchange.objects.get().model) <= 200


def test_a_count_beyond_all_bounds_is_refused_and_kept() -> None:
    with pytest.raises(PromptTooLarge):
        asked(Metered([], counts=10**30))
    assert Exchange.objects.get().outcome == Outcome.PROMPT_TOO_LARGE


def test_a_model_that_answers_in_anothers_place_has_its_own_price() -> None:
    other = asked(Metered([reply(model="claude-opus-5-5", cached_tokens=0)]))
    assert other.cost == Decimal("0.0142")
    unheard = asked(Metered([reply(model="claude-next")]))
    assert unheard.cost is None


def test_a_simulated_answer_is_marked_and_costs_what_it_would_have() -> None:
    answer = asked(ScriptedModel(["Nothing."]))
    kept = Exchange.objects.select_related("line").get()
    assert kept.simulated
    assert kept.line is not None
    assert kept.line.simulated
    assert answer.cost == 0  # the script used no tokens
    asked(Metered([reply(model="stand-in-claude-sonnet-5-5", simulated=True)]))
    stood_in = Exchange.objects.latest("pk")
    assert (stood_in.engine, stood_in.simulated) == ("anthropic", True)


def test_a_reached_budget_refuses_before_any_request(settings: Settings) -> None:
    budget(settings, day_usd=Decimal("0.01"))
    model = Metered([reply()])
    with pytest.raises(BudgetReached, match="the budget “day”"):
        asked(model)
    assert model.requests == []
    kept = Exchange.objects.get()
    assert (kept.outcome, kept.kind, kept.line) == (Outcome.BUDGET_REACHED, "day", None)
    assert "spending.day_usd" in kept.detail
    entry = Entry.objects.get(event=Event.MODEL_REFUSED)
    assert "spending.day_usd" in entry.reason


def test_a_budget_that_ends_in_the_middle_of_a_run_stops_only_what_comes_after(
    settings: Settings,
) -> None:
    budget(settings, purpose_usd=Decimal("0.07"))  # one call of it can take 0.0611
    model = Metered([reply(output_tokens=1500)] * 3)
    asked(model, purpose="generation:1/plan")
    with pytest.raises(BudgetReached, match="generation:1"):
        asked(model, purpose="generation:1/build")
    assert len(model.requests) == 1
    asked(model, purpose="generation:2/plan")
    outcomes = Exchange.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["ANSWERED", "BUDGET_REACHED", "ANSWERED"]


@pytest.mark.parametrize(
    ("counts", "prompt", "told"),
    [
        (30_000, "{}", "this prompt has 30 000 tokens with it"),
        (None, "x" * 90_000, "tokens (estimated)"),
        (None, "語" * 30_000, "tokens (estimated)"),
        (TemporaryError("overloaded_error", ""), "x" * 90_000, "tokens (estimated)"),
    ],
    ids=["counted", "estimated", "other script", "not countable now"],
)
def test_a_prompt_larger_than_its_agent_may_ask_is_refused(
    counts: int | ModelError | None, prompt: str, told: str
) -> None:
    model = Metered([reply()], counts=counts)
    with pytest.raises(PromptTooLarge, match="EvalAgent may be asked 24 000 tokens") as caught:
        asked(model, prompt=prompt)
    assert told in str(caught.value)
    assert model.requests == []
    kept = Exchange.objects.get()
    assert (kept.outcome, kept.line) == (Outcome.PROMPT_TOO_LARGE, None)
    assert Line.objects.count() == 0


def test_a_count_by_the_provider_wins_over_the_estimate() -> None:
    asked(Metered([reply()], counts=100), prompt="x" * 90_000)
    assert Exchange.objects.get().prompt_tokens == 100


def test_texts_go_after_their_time_and_figures_stay(settings: Settings) -> None:
    budget(settings, exchange_days=30)
    asked(Metered([reply()]))
    asked(Metered([reply()]), at=NOW + timedelta(days=2))
    assert exchanges.expire(NOW + timedelta(days=30)) == 0
    assert exchanges.expire(NOW + timedelta(days=31)) == 1
    old, new = Exchange.objects.order_by("pk")
    assert (old.prompt_text, old.answer_text) == ("", "")
    assert old.texts_gone_at == NOW + timedelta(days=31)
    assert old.answer_digest == digest("Nothing.")
    assert old.line is not None
    assert old.line.cost
    assert new.answer_text == "Nothing."
    assert exchanges.expire(NOW + timedelta(days=31)) == 0
    assert Entry.objects.get(event=Event.EXCHANGES_EXPIRED).facts["exchanges"] == 1


def test_what_was_asked_cannot_be_kept_without_its_money() -> None:
    asked(Metered([reply()]))
    with pytest.raises(DatabaseError), transaction.atomic():
        Exchange.objects.update(line=None)


def test_a_purpose_too_long_to_keep_is_refused_before_anything() -> None:
    with pytest.raises(ValueError, match="at most 200"):
        asked(Metered([reply()]), purpose="x" * 201)
    assert Exchange.objects.count() == 0
