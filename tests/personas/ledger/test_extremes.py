"""Does the ledger stay right when workers are killed, race, or are told nonsense?"""

import os
import random
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from pytest_django import Settings

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from personas.ledger import lines, own, table
from personas.ledger.budgets import BudgetReached, levels, root
from personas.ledger.lines import AlreadyClosed, Bill
from personas.ledger.own import BadBudget
from personas.ledger.prices import MOST_TOKENS, Usage
from personas.ledger.spending import report
from personas.models import Alert, Budget, Line, State
from ports.llm import Attempt
from tests.personas.ledger.spend import (
    DOLLAR,
    NOW,
    a_target,
    budget,
    reserve,
    settle,
    spend,
)

ADA = Actor("person", "ada")
KILLED = """
import django, os, signal, sys
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from personas.ledger import alerts, lines
from tests.personas.ledger import spend

def die(*given, **more):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "reserving":
    opened = lines._opened
    lines._opened = lambda *given: (opened(*given), die())
    spend.reserve()
elif sys.argv[2] == "settling":
    line = spend.reserve()
    lines._tell = die
    spend.settle(line)
else:
    spend.reserve()
    die()
"""


def killed(when: str) -> None:
    """Let a worker of its own be killed at this moment."""
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(connection.settings_dict["NAME"]), when],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "SELFIMPROVE_DATA_DIR": str(django_settings.DATA_DIR)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_while_it_reserves_has_reserved_nothing(
    settings: Settings,
) -> None:
    a_target()
    killed("reserving")
    assert not Line.objects.exists()
    budget(settings, day_usd=1)
    reserve()  # the whole dollar is there


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("when", ["settling", "asking"])
def test_the_money_of_a_worker_that_is_killed_later_counts_until_somebody_knows(
    settings: Settings, when: str
) -> None:
    a_target()
    killed(when)
    line = Line.objects.get()
    assert (line.state, line.cost, line.counted_cost) == (State.OPEN, None, DOLLAR)
    budget(settings, day_usd=1)
    with pytest.raises(BudgetReached, match="in flight"):
        reserve()
    assert [one.pk for one in lines.sweep(NOW + timedelta(hours=1))] == [line.pk]
    with pytest.raises(BudgetReached):
        reserve()


@pytest.mark.django_db(transaction=True)
def test_who_sweeps_and_who_settles_at_once_leave_one_line_that_knows_its_cost() -> None:
    line = reserve()
    ready = threading.Barrier(3)
    raised: list[Exception] = []

    def work(settles: bool) -> None:
        ready.wait()
        try:
            if settles:
                settle(Line.objects.get(pk=line.pk))
            else:
                lines.sweep(NOW + timedelta(hours=1))
        except AlreadyClosed as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[one]) for one in (True, False, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    line.refresh_from_db()
    assert raised == []
    assert (line.state, line.cost, line.at_least) == (State.SETTLED, DOLLAR // 2, False)
    assert Entry.objects.filter(event=Event.RESERVATION_LOST).count() <= 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "attempt",
    [
        Attempt(kind="x", input_tokens=-5, output_tokens=3),
        Attempt(kind="x", input_tokens=MOST_TOKENS, output_tokens=1),
        Attempt(kind="x", input_tokens=2**62, output_tokens=2**62),
    ],
    ids=["below nothing", "one too many", "beyond all"],
)
def test_counts_that_cannot_be_are_unknown_and_count_as_the_most(attempt: Attempt) -> None:
    line = settle(reserve(), usage=None, attempts=(attempt,))
    assert (line.state, line.cost, line.at_least) == (State.SETTLED, None, True)
    assert (line.input_tokens, line.output_tokens) == (0, 0)
    assert line.counted_cost == DOLLAR


@pytest.mark.django_db
def test_many_failed_attempts_each_count_as_the_most_that_they_can_be() -> None:
    unknown = Attempt(kind="stream_broken", usage_unknown=True)
    line = settle(reserve(), attempts=(unknown,) * 9)
    assert line.counted_cost == DOLLAR // 2 + 9 * DOLLAR
    assert line.counted_tokens == 250_000 * 10


@pytest.mark.django_db
def test_no_order_of_reserving_and_closing_lets_a_budget_be_exceeded(settings: Settings) -> None:
    budget(settings, day_usd=5)
    chance = random.Random(7)  # noqa: S311  # an order, no secret
    open_: list[Line] = []
    for _ in range(120):
        if open_ and chance.random() < 0.6:
            line = open_.pop(chance.randrange(len(open_)))
            if chance.random() < 0.3:
                lines.refund(line, at=NOW)
            else:
                sent = chance.randrange(line.reserved_tokens + 1)
                settle(line, usage=Usage(input_tokens=sent, output_tokens=0))
        else:
            try:
                open_.append(reserve(input_tokens=chance.randrange(1, 250_000)))
            except BudgetReached:
                continue
        counted = sum(Line.objects.values_list("counted_cost", flat=True))
        assert counted <= 5 * DOLLAR
    found = report(NOW)
    assert found.total.known == sum(line.cost or 0 for line in Line.objects.all())
    assert found.total.flying == len(open_)


@pytest.mark.django_db
def test_a_bill_below_the_reservation_gives_the_rest_back_and_one_above_is_kept(
    settings: Settings,
) -> None:
    budget(settings, day_usd=2)
    small = settle(reserve(), usage=Usage(input_tokens=1_000, output_tokens=0))
    assert small.counted_cost == 2_000_000
    large = settle(reserve(), usage=Usage(input_tokens=2_000_000, output_tokens=0))
    assert large.counted_cost == 4 * DOLLAR  # what was billed is owed, whatever was allowed
    with pytest.raises(BudgetReached, match=r"has \$4\.00.* of \$2\.00 taken"):
        reserve(input_tokens=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("purpose", "parts", "top"),
    [
        ("", [], ""),
        ("/", [], ""),
        ("///a:1", ["a:1"], "a:1"),
        ("a:1//b/", ["a:1", "a:1/b"], "a:1"),
        ("ü:%/_", ["ü:%", "ü:%/_"], "ü:%"),
    ],
)
def test_a_strange_purpose_has_its_parts(purpose: str, parts: list[str], top: str) -> None:
    assert [name for name, _ in levels(purpose)] == parts
    assert root(purpose) == top


@pytest.mark.django_db
def test_signs_that_search_for_others_in_a_purpose_stand_for_themselves(
    settings: Settings,
) -> None:
    budget(settings, purpose_usd=1)
    reserve(purpose="evaluation:12/ask")
    reserve(purpose="evaluation:1_/ask")
    reserve(purpose="evaluation:%/ask")
    with pytest.raises(BudgetReached, match="the budget “evaluation:%” has"):
        reserve(purpose="evaluation:%/again")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"day_tokens": 10**30}, "day_tokens: Ensure this value is less than"),
        ({"day_usd": Decimal("Infinity")}, "no amount"),
        ({"day_usd": Decimal("sNaN")}, "no amount"),
        ({"day_usd": Decimal("-0.001")}, "below nothing"),
        ({"day_usd": Decimal(1), "month_usd": Decimal("1e50")}, "month_usd: Ensure"),
        ({"day_usd": Decimal(1), "": Decimal(1)}, "there is no such budget"),
    ],
    ids=["tokens", "infinite", "signalling", "below", "one of two", "no name"],
)
def test_of_limits_that_are_set_together_one_that_is_wrong_sets_none(
    limits: dict[str, Any], told: str
) -> None:
    own.set_for(a_target(), {"day_usd": Decimal(7)}, actor=ADA, at=NOW)
    with pytest.raises(BadBudget, match=told):
        own.set_for(a_target(), limits, actor=ADA, at=NOW)
    assert Budget.objects.get().day_usd == Decimal(7)
    assert Entry.objects.filter(event=Event.BUDGET_CHANGED).count() == 1


@pytest.mark.django_db
def test_thousands_of_lines_are_summed_to_the_last_nanodollar() -> None:
    first = spend()
    fields = {
        field.name: getattr(first, field.name)
        for field in Line._meta.concrete_fields
        if field.name != "id"
    }
    costs = [number * 7 + 1 for number in range(5_000)]
    Line.objects.bulk_create(
        Line(**{**fields, "cost": cost, "agent": f"agent {number % 70}"})
        for number, cost in enumerate(costs)
    )
    found = report(NOW)
    assert found.total.calls == 5_001
    assert found.total.known == sum(costs) + DOLLAR // 2
    [agents] = [block for block in found.blocks if block.key == "agent"]
    assert len(agents.rows) + agents.more == 71
    assert sum(row.known for row in agents.rows) <= found.total.known


@pytest.mark.django_db
def test_a_target_with_a_long_name_is_told_of_its_budget(settings: Settings) -> None:
    budget(settings, target_day_usd=1)
    spend(target=a_target("x" * 50))
    with pytest.raises(BudgetReached, match="the budget “day of xxx"):
        reserve(target=a_target("x" * 50))
    alerts = Alert.objects.values_list("budget", "percent")
    assert set(alerts) == {(f"day of {'x' * 50}", share) for share in (50, 100)}


@pytest.mark.django_db
def test_a_line_of_a_bill_for_nothing_is_given_back_once() -> None:
    line = reserve()
    assert lines.settle(line, Bill(usage=None), at=NOW, prices=table.in_force()).cost == 0
    with pytest.raises(AlreadyClosed, match=r"of EvalAgent is closed already"):
        lines.settle(line, Bill(usage=None), at=NOW, prices=table.in_force())
