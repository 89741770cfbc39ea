"""Is a call that does not fit a budget refused before it is made, and told why?"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from personas.ledger.budgets import BudgetReached, levels, root
from personas.models import Budget, Line, dollars
from tests.personas.ledger.spend import NOW, a_target, budget, reserve, settle, spend

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"call_usd": Decimal("0.999")}, "more than the $1.00 of spending.call_usd"),
        ({"day_usd": Decimal("1.499")}, "the budget “day” has $0.50 of $1.50 taken"),
        ({"month_usd": 1}, "the budget “month” has $0.50 of $1.00 taken"),
        ({"target_day_usd": 1}, "the budget “day of gateway” has"),
        ({"target_month_usd": 1}, "the budget “month of gateway” has"),
        ({"call_tokens": 249_999}, "250 000 tokens, more than the 249 999 tokens"),
        ({"day_tokens": 499_999}, "250 000 tokens of 499 999 tokens taken"),
        ({"month_tokens": 499_999}, "(spending.month_tokens)"),
        ({"target_day_tokens": 499_999}, "(spending.target_day_tokens)"),
        ({"target_month_tokens": 499_999}, "(spending.target_month_tokens)"),
        ({"day_usd": 0}, "the budget “day” has $0.50 of $0.00 taken"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_each_budget_refuses_what_does_not_fit(
    settings: Settings, limits: dict[str, Any], told: str
) -> None:
    budget(settings)
    spend()
    budget(settings, **limits)
    with pytest.raises(BudgetReached) as caught:
        reserve()
    assert told in str(caught.value)
    assert Line.objects.count() == 1


def test_what_exactly_fits_is_let_through(settings: Settings) -> None:
    budget(settings, call_usd=1, day_usd=1, month_usd=1, day_tokens=250_000)
    reserve()
    with pytest.raises(BudgetReached, match=r"\(\$1\.00 of it in flight\)"):
        reserve(input_tokens=1)


def test_without_any_budget_nothing_is_refused(settings: Settings) -> None:
    budget(settings)
    for _ in range(3):
        reserve(input_tokens=1_000_000)


def test_a_budget_begins_anew_with_its_period(settings: Settings) -> None:
    budget(settings, day_usd=1)
    last = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    reserve(at=last)
    with pytest.raises(BudgetReached, match="it begins anew at 2026-12-01 UTC"):
        reserve(at=last)
    reserve(at=last + timedelta(seconds=1))
    budget(settings, month_usd=1)
    with pytest.raises(BudgetReached, match="begins anew at 2027-01-01"):
        reserve(at=last + timedelta(days=20))


def test_one_targets_budget_is_not_anothers(settings: Settings) -> None:
    budget(settings, target_day_usd=1)
    reserve()
    with pytest.raises(BudgetReached):
        reserve()
    reserve(target=a_target("other"))


def test_a_target_can_have_budgets_of_its_own(settings: Settings) -> None:
    budget(settings, target_day_usd=5, target_month_tokens=1)
    Budget.objects.create(target=a_target(), day_usd=Decimal("0.5"), month_tokens=10**9)
    with pytest.raises(BudgetReached, match=r"\(the day_usd of gateway\)"):
        reserve()
    with pytest.raises(BudgetReached, match=r"\(spending\.target_month_tokens\)"):
        reserve(target=a_target("other"))


def test_parts_draw_on_what_they_are_part_of(settings: Settings) -> None:
    budget(settings, purpose_usd=2)
    reserve(purpose="generation:1/plan")
    settle(reserve(purpose="generation:1/build/again"))
    with pytest.raises(BudgetReached, match="the budget “generation:1” has"):
        reserve(purpose="generation:1/review")
    reserve(purpose="generation:2/plan")
    reserve(purpose="generation:11")


def test_a_part_can_have_less_than_the_whole(settings: Settings) -> None:
    kinds = {"generation": Decimal(3), "generation/build": Decimal(1)}
    budget(settings, purpose_usd=1, purposes=kinds)
    reserve(purpose="generation:1/build/first")
    with pytest.raises(BudgetReached, match=r"“generation:1/build” .*spending\.purposes"):
        reserve(purpose="generation:1/build/second")
    reserve(purpose="generation:1/builders")
    reserve(purpose="generation:1")
    with pytest.raises(BudgetReached, match="“generation:1” has"):
        reserve(purpose="generation:1/plan")


def test_a_purpose_has_no_end_so_it_counts_over_all_days(settings: Settings) -> None:
    budget(settings, purpose_tokens=250_000)
    reserve(purpose="generation:1")
    with pytest.raises(BudgetReached):
        reserve(purpose="generation:1", at=NOW + timedelta(days=40))


def test_a_label_without_a_number_has_no_budget_of_its_own(settings: Settings) -> None:
    budget(settings, purpose_usd=1)
    for _ in range(2):
        reserve(purpose="evaluation")


def test_an_unknown_price_is_refused_under_a_money_budget(settings: Settings) -> None:
    budget(settings, day_usd=1000)
    with pytest.raises(BudgetReached, match="the price of claude-next is unknown now"):
        reserve(model="claude-next")
    with pytest.raises(BudgetReached, match="unknown now"):
        reserve(model="claude-fable-5-1")  # what writing to its cache costs was not seen
    budget(settings, day_tokens=10**9)
    assert reserve(model="claude-next").reserved_cost is None


def test_an_unknown_price_may_be_allowed_and_tokens_still_bound_it(settings: Settings) -> None:
    budget(settings, day_usd=1, day_tokens=300_000, unknown_price="allow")
    line = reserve(model="claude-next")
    assert (line.reserved_cost, line.counted_cost) == (None, 0)
    with pytest.raises(BudgetReached, match="tokens"):
        reserve(model="claude-next")


def test_simulated_calls_and_real_ones_have_separate_sums(settings: Settings) -> None:
    budget(settings, day_usd=1)
    reserve(simulated=True, engine="scripted")
    reserve()
    with pytest.raises(BudgetReached):
        reserve(simulated=True, engine="scripted")
    reserve(simulated=True, engine="scripted", model="nobody knows")  # nothing is billed


def test_all_budgets_are_read_in_few_queries(
    settings: Settings, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    every = dict.fromkeys(("day_usd", "month_usd", "target_day_usd", "target_month_usd"), 1000)
    budget(settings, **every, purpose_usd=1000, day_tokens=10**9, target_day_tokens=10**9)
    spend(purpose="generation:1/a/b/c")
    with django_assert_max_num_queries(7):  # savepoints, the lock, the target's own, sums, insert
        reserve(purpose="generation:1/a/b/c")


@pytest.mark.parametrize(
    ("nanos", "words"),
    [
        (0, "$0.00"),
        (1, "less than $0.000001"),
        (1_000, "$0.000001"),
        (9_999_999, "$0.010000"),
        (10_000_000, "$0.01"),
        (1_234_567_890_000, "$1,234.57"),
    ],
)
def test_no_amount_reads_as_nothing(nanos: int, words: str) -> None:
    assert dollars(nanos) == words


def test_a_purpose_knows_what_it_is_part_of() -> None:
    assert levels("a:1/b:2/c") == [("a:1", "a"), ("a:1/b:2", "a/b"), ("a:1/b:2/c", "a/b/c")]
    assert levels("") == levels("/") == []
    assert root("a:1/b") == "a:1"
    assert root("") == ""
