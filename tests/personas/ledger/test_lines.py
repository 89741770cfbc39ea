"""Is money reserved before a call and settled after it, once, and never touched again?"""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from audit.events import Event
from audit.models import Entry
from personas.ledger import lines
from personas.ledger.lines import AlreadyClosed, Bill
from personas.ledger.prices import Usage
from personas.models import Line, State
from ports.llm import Attempt
from tests.personas.ledger.spend import DOLLAR, NOW, budget, reserve, settle, spend

pytestmark = pytest.mark.django_db


def test_the_most_that_a_call_can_cost_is_set_aside() -> None:
    line = reserve(input_tokens=1000, max_tokens=500)
    assert line.state == State.OPEN
    assert line.reserved_cost == line.counted_cost == 9_000_000  # 1000 at 4 and 500 at 10
    assert line.reserved_tokens == line.counted_tokens == 1500
    assert line.cost is None
    assert line.expires_at == NOW + timedelta(minutes=30)


def test_what_was_billed_takes_the_place_of_what_was_set_aside() -> None:
    line = settle(reserve(), usage=Usage(input_tokens=1000, output_tokens=500, cached_tokens=600))
    assert line.state == State.SETTLED
    assert line.cost == line.counted_cost == 5_860_000  # 400 at 2, 600 at 0.10, 500 at 10
    assert (line.input_tokens, line.output_tokens, line.cached_tokens) == (1000, 500, 600)
    assert line.counted_tokens == 1500
    assert not line.at_least


def test_a_call_that_was_not_billed_gives_everything_back() -> None:
    line = lines.refund(reserve(), at=NOW)
    assert line.state == State.REFUNDED
    assert (line.cost, line.counted_cost, line.counted_tokens) == (0, 0, 0)


def test_an_unknown_price_is_not_nothing() -> None:
    line = settle(reserve(), model="claude-next")
    assert line.cost is None
    assert line.dollars is None
    assert line.at_least
    assert line.counted_cost == line.reserved_cost


def test_an_attempt_of_unknown_cost_counts_as_the_most_that_it_can_be() -> None:
    attempts = (Attempt(kind="stream_broken", usage_unknown=True), Attempt(kind="overloaded"))
    line = settle(reserve(), attempts=attempts)
    assert line.cost == DOLLAR // 2
    assert line.at_least
    assert line.counted_cost == DOLLAR // 2 + DOLLAR


def test_an_answer_that_never_came_is_unknown_or_nothing_by_what_its_attempts_say() -> None:
    unknown = settle(reserve(), usage=None, attempts=(Attempt(kind="x", usage_unknown=True),))
    assert (unknown.state, unknown.cost, unknown.at_least) == (State.SETTLED, None, True)
    assert unknown.counted_cost == DOLLAR
    nothing = settle(reserve(), usage=None, attempts=(Attempt(kind="overloaded_error"),))
    assert (nothing.state, nothing.cost, nothing.at_least) == (State.REFUNDED, 0, False)


def test_what_failed_attempts_told_is_billed_too() -> None:
    seen = Attempt(kind="deadline", input_tokens=1000, output_tokens=100)
    line = settle(reserve(), usage=None, attempts=(seen,))
    assert (line.state, line.cost, line.at_least) == (State.SETTLED, 3_000_000, False)


@pytest.mark.parametrize("again", ["settle", "refund"])
def test_a_line_is_closed_once(again: str) -> None:
    line = spend()
    with pytest.raises(AlreadyClosed):
        settle(line) if again == "settle" else lines.refund(line, at=NOW)
    line.refresh_from_db()
    assert line.cost == DOLLAR // 2


CHANGES = (
    "UPDATE personas_line SET cost = 1 WHERE id = %s",
    "UPDATE personas_line SET state = 'OPEN', closed_at = NULL WHERE id = %s",
    "UPDATE personas_line SET at_least = NOT at_least WHERE id = %s",
    "DELETE FROM personas_line WHERE id = %s",
)


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_itself_keeps_a_closed_line(change: str) -> None:
    line = spend()
    with (
        pytest.raises(DatabaseError, match="money is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change, [line.pk])
    line.refresh_from_db()
    assert (line.state, line.cost) == (State.SETTLED, DOLLAR // 2)


@pytest.mark.parametrize("column", ["reserved_cost", "reserved_tokens", "target_id"])
def test_the_database_keeps_what_was_set_aside(column: str) -> None:
    line = reserve()
    with pytest.raises(DatabaseError, match="money is append-only"), transaction.atomic():
        Line.objects.filter(pk=line.pk).update(**{column: 77})


def test_the_database_takes_no_unknown_cost_for_nothing() -> None:
    line = reserve()
    with pytest.raises(DatabaseError), transaction.atomic():
        Line.objects.filter(pk=line.pk).update(state=State.SETTLED, closed_at=NOW, cost=None)


def test_a_killed_workers_money_is_given_up_as_lost_and_goes_on_counting() -> None:
    line, other = reserve(agent="Builder"), reserve()
    settle(other)
    assert lines.sweep(NOW + timedelta(minutes=29)) == []
    swept = lines.sweep(NOW + timedelta(minutes=30))
    assert [one.pk for one in swept] == [line.pk]
    line.refresh_from_db()
    assert (line.state, line.cost, line.at_least) == (State.LOST, None, True)
    assert line.counted_cost == DOLLAR
    entry = Entry.objects.get(event=Event.RESERVATION_LOST)
    assert entry.facts["reserved"] == "$1.00"
    assert lines.sweep(NOW + timedelta(days=1)) == []


def test_a_worker_that_was_only_slow_can_still_say_what_it_cost() -> None:
    line = reserve()
    lines.sweep(NOW + timedelta(hours=1))
    settled = settle(line)
    assert (settled.state, settled.cost, settled.at_least) == (State.SETTLED, DOLLAR // 2, False)
    assert settled.counted_cost == DOLLAR // 2


def test_an_answer_that_no_model_gave_leaves_the_real_money(settings: Settings) -> None:
    budget(settings, day_usd=1)
    line = settle(reserve(), simulated=True, model="stand-in-claude-sonnet-5-5")
    assert line.simulated
    assert line.cost == DOLLAR // 2  # what the model it stands in for would have cost
    reserve()  # the whole dollar is there again


def test_a_bill_is_nothing_only_where_nobody_could_have_billed() -> None:
    assert Bill(usage=None).is_nothing
    assert not Bill(usage=None, usage_unknown=True).is_nothing
    assert not Bill(usage=Usage(input_tokens=0, output_tokens=0)).is_nothing
