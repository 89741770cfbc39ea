"""Which generations begin by the clock, and is a budget that is used up respected?"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from generations import starting, tasks
from generations.models import Generation, Loop, Outcome, Writer
from generations.running import claims, series
from generations.running.opening import Wish
from generations.running.recording import OURSELVES
from personas.models import Budget
from selfimprove import schedules
from selfimprove.wakes import WAKES
from targets.models import Target
from tests.factories import NOW
from tests.generations import walked
from tests.generations.endings import bare_target, ended, opened
from tests.personas.ledger.spend import NOW as SPENT
from tests.personas.ledger.spend import budget, spend

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def generations(settings: Settings, **changes: Any) -> None:
    section = settings.SELFIMPROVE.generations.model_copy(update=changes)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"generations": section})


def use_up(settings: Settings) -> None:
    """Leave no room for a model today."""
    budget(settings, day_usd=0)


def test_nothing_begins_by_itself_unless_it_is_set() -> None:
    bare_target()
    assert starting.by_themselves(NOW) == []


def test_one_begins_on_each_ready_target_every_so_many_hours(settings: Settings) -> None:
    generations(settings, every_hours=6)
    target = bare_target()
    for slug, changes in (("paused", {"paused": True}), ("empty", {"state": "EMPTY"})):
        Target.objects.filter(pk=bare_target(slug).pk).update(**changes)
    (begun,) = starting.by_themselves(NOW)
    assert (begun.target, begun.asked_by) == (target, OURSELVES.id)
    assert starting.by_themselves(NOW + 7 * HOUR) == []  # it is at work still
    Generation.objects.update(outcome=Outcome.NOTHING, reason="done", ended_at=NOW)
    assert starting.by_themselves(NOW + 5 * HOUR) == []
    assert [one.number for one in starting.by_themselves(NOW + 6 * HOUR)] == [2]


def test_none_begins_by_itself_beside_a_loop(settings: Settings) -> None:
    generations(settings, every_hours=1)
    target = bare_target()
    Loop.objects.create(
        target=target, wanted=3, writer=Writer.EMBEDDED, asked_by="ada", asked_at=NOW
    )
    assert starting.by_themselves(NOW) == []


def test_a_loop_has_its_next_one_begun() -> None:
    target = bare_target()
    loop = series.ask(Wish(target, OURSELVES), 2, at=NOW)
    (first,) = starting.of_loops(NOW)
    assert first.loop == loop
    assert starting.of_loops(NOW) == []
    Generation.objects.update(outcome=Outcome.REJECTED, reason="no", ended_at=NOW)
    assert [one.number for one in starting.of_loops(NOW)] == [2]


def test_a_budget_that_is_used_up_holds_what_asks_models_and_nothing_else(
    settings: Settings,
) -> None:
    use_up(settings)
    target, other = bare_target(), bare_target("mailer")
    series.ask(Wish(target, OURSELVES, writer=Writer.MODEL), 2, at=NOW)
    series.ask(Wish(other, OURSELVES, writer=Writer.EMBEDDED), 2, at=NOW)
    assert [one.target for one in starting.of_loops(NOW)] == [other]
    assert Loop.objects.filter(ended_at=None).count() == 2
    budget(settings)
    assert [one.target for one in starting.of_loops(NOW)] == [target]


def test_what_was_spent_counts_in_its_day_alone(settings: Settings) -> None:
    target = bare_target()
    budget(settings, day_usd=1)
    spend(at=SPENT, target=target)
    budget(settings, day_usd=0.5)
    words = "the budget “day” is used up (spending.day_usd)"
    assert starting.used_up(target, Writer.MODEL, SPENT) == words
    assert starting.used_up(target, Writer.MODEL, SPENT + 24 * HOUR) == ""


def test_a_budget_of_the_target_counts_too(settings: Settings) -> None:
    budget(settings)
    target, other = bare_target(), bare_target("mailer")
    Budget.objects.create(target=target, day_usd=0)
    assert "day of gateway" in starting.used_up(target, Writer.MODEL, NOW)
    assert starting.used_up(other, Writer.MODEL, NOW) == ""
    assert starting.used_up(target, Writer.EMBEDDED, NOW) == ""


def test_one_that_ended_for_its_budget_holds_what_begins_by_itself_for_that_day(
    settings: Settings,
) -> None:
    generations(settings, every_hours=1, engine="model")
    budget(settings)
    target = bare_target()
    (first,) = starting.by_themselves(NOW)
    out_of_money(first)
    assert starting.by_themselves(NOW + 2 * HOUR) == []
    assert "ended for its budget today" in starting.no_money(target, Writer.MODEL, NOW)
    assert [one.number for one in starting.by_themselves(NOW + 24 * HOUR)] == [2]


def test_a_loop_that_ran_out_of_money_ends_and_does_not_wait(settings: Settings) -> None:
    use_up(settings)
    target = bare_target()
    loop = series.ask(Wish(target, OURSELVES, writer=Writer.MODEL), 9, at=NOW)
    out_of_money(opened(target, writer=Writer.MODEL, loop=loop))
    assert starting.held(loop, NOW) == ""
    assert starting.of_loops(NOW) == []
    loop.refresh_from_db()
    assert loop.ending.startswith("The budget is used up")


def out_of_money(generation: Generation) -> None:
    Generation.objects.filter(pk=generation.pk).update(
        outcome=Outcome.REJECTED, reason_kind="budget", reason="used up", ended_at=NOW
    )


def test_the_tick_carries_the_one_that_waits_longest_one_phase_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    walked.walk(monkeypatch, plan=walked.finds_nothing)
    monkeypatch.setattr("generations.running.loop._manifest", lambda *_: None)
    target, other = bare_target(), bare_target("mailer")
    opened(target, at=timezone.now())
    opened(other, at=timezone.now() - HOUR, deadline_at=timezone.now() + HOUR)
    said = [tasks.generate() for _ in range(5)]
    assert said == [
        "0 begun; mailer #1: baseline passed",
        "0 begun; gateway #1: baseline passed",
        "0 begun; mailer #1: plan nothing to do",
        "0 begun; gateway #1: plan nothing to do",
        "0 begun; idle",
    ]


def test_what_another_worker_holds_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    walked.walk(monkeypatch)
    first = opened(bare_target(), at=timezone.now() - HOUR, deadline_at=timezone.now() + HOUR)
    opened(bare_target("mailer"), at=timezone.now())
    lease = claims.take(first.pk, timezone.now())
    assert lease is not None
    assert tasks.generate() == "0 begun; mailer #1: baseline passed"


def test_the_sweep_ends_what_overran_and_writes_its_report() -> None:
    target = bare_target()
    opened(target, at=NOW - 2 * HOUR, deadline_at=NOW - HOUR)
    ended(bare_target("mailer"))
    assert tasks.sweep() == "1 timed out, 2 reports written"
    assert Generation.objects.get(target=target).outcome == Outcome.TIMED_OUT


def test_it_goes_the_houses_way(settings: Settings) -> None:
    ticks = {tick.name: tick for tick in schedules.TICKS}
    minutes = settings.SELFIMPROVE.generations.deadline_minutes
    assert ticks["generations.generate"].acts
    assert ticks["generations.generate"].longest > minutes * 60
    assert not ticks["generations.sweep"].acts  # what overran ends while the loop is paused, too
    for event in ("generation.started", "generations.asked", "generation.phase_ended"):
        assert "generations.generate" in WAKES[event]  # type: ignore[index]
    assert "generations.sweep" in WAKES["generation.ended"]  # type: ignore[index]
