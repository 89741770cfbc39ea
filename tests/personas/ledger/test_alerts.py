"""Is each share of a budget told once in its period?"""

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import Settings

from audit.events import Event
from audit.models import Entry
from audit.sentences import sentence
from personas.ledger import lines
from personas.ledger.budgets import BudgetReached
from personas.models import Alert
from tests.personas.ledger.spend import NOW, budget, reserve, spend

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, int]]:
    return list(Alert.objects.order_by("pk").values_list("budget", "percent"))


def test_half_four_fifths_and_all_are_told_once_each(settings: Settings) -> None:
    budget(settings, day_usd=2)
    spend()
    assert told() == []
    spend()
    assert told() == [("day", 50)]
    spend()
    assert told() == [("day", 50)]
    budget(settings, day_usd=2, unknown_price="allow")
    spend(input_tokens=125_000)
    assert told() == [("day", 50), ("day", 80), ("day", 100)]
    entries = Entry.objects.filter(event=Event.BUDGET_ALERTED).order_by("pk")
    assert sentence(entries[0]) == "A share of the budget “day” is used (50 % used)"
    assert [entry.facts["limit"] for entry in entries] == ["$2.00"] * 3


def test_a_new_period_tells_anew(settings: Settings) -> None:
    budget(settings, day_usd=1)
    spend()
    spend(at=NOW + timedelta(days=1))
    assert told() == [("day", 50), ("day", 50)]


def test_what_is_only_set_aside_is_told_when_it_is_spent(settings: Settings) -> None:
    budget(settings, day_usd=1)
    line = reserve()
    assert told() == []
    lines.refund(line, at=NOW)
    assert told() == []


def test_a_refused_call_says_that_the_budget_is_reached(settings: Settings) -> None:
    budget(settings, day_usd=Decimal("1.2"))
    spend()
    for _ in range(3):
        with pytest.raises(BudgetReached):
            reserve()
    assert told() == [("day", 100)]
    assert Entry.objects.filter(event=Event.BUDGET_ALERTED).count() == 1


def test_lost_money_is_told_as_spent(settings: Settings) -> None:
    budget(settings, day_usd=1)
    reserve()
    lines.sweep(NOW + timedelta(hours=1))
    assert told() == [("day", 50), ("day", 80), ("day", 100)]


def test_a_budget_for_one_call_has_no_shares(settings: Settings) -> None:
    budget(settings, call_usd=1)
    spend()
    with pytest.raises(BudgetReached):
        reserve(input_tokens=300_000)
    assert told() == []


def test_an_unknown_price_uses_up_no_budget(settings: Settings) -> None:
    budget(settings, day_usd=1)
    with pytest.raises(BudgetReached):
        reserve(model="claude-next")
    assert told() == []


def test_simulated_spending_is_told_apart(settings: Settings) -> None:
    budget(settings, day_usd=1)
    spend()
    spend(simulated=True)
    assert [alert.simulated for alert in Alert.objects.order_by("pk")] == [False, True]
