"""Do the sums tell what was spent, on what, and what nobody knows of it?"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from personas.ledger import lines, spending
from personas.ledger.spending import BadMonth, Report, report
from personas.models import Budget
from tests.personas.ledger.spend import NOW, a_target, budget, reserve, settle, spend

pytestmark = pytest.mark.django_db
HALF = Decimal("0.5")


@pytest.fixture(autouse=True)
def without_budgets(settings: Settings) -> None:
    """Let what is summed not be bounded."""
    budget(settings)


def by(found: Report, key: str) -> dict[str, str]:
    [block] = [block for block in found.blocks if block.key == key]
    return {row.name: row.words for row in block.rows}


def output(*arguments: str) -> str:
    out = StringIO()
    call_command("spending", *arguments, stdout=out)
    return out.getvalue()


def test_without_a_call_it_says_so_and_not_that_it_cost_nothing() -> None:
    found = report(NOW)
    assert found.today is not None
    assert (found.today.words, found.total.words) == ("no model call", "no model call")
    assert found.total.plain()["usd"] is None
    assert "$0" not in output("--month", "2026-09")


def test_each_side_of_the_month_is_summed() -> None:
    spend(purpose="generation:1/plan")
    spend(purpose="generation:1/build", agent="Builder")
    spend(target=a_target("other"), model="claude-opus-5-5", at=datetime(2026, 11, 2, tzinfo=UTC))
    spend(at=datetime(2026, 10, 31, 23, tzinfo=UTC))
    found = report(NOW)
    assert found.today is not None
    assert (found.today.words, found.total.words) == ("$1.00", "$2.00")
    assert by(found, "target") == {"gateway": "$1.00", "other": "$1.00"}
    assert by(found, "agent") == {"EvalAgent": "$1.50", "Builder": "$0.50"}
    assert by(found, "model") == {"claude-sonnet-5-5": "$1.00", "claude-opus-5-5": "$1.00"}
    assert by(found, "purpose") == {"generation:1": "$1.00", "": "$1.00"}
    assert report(NOW, month="2026-10").total.words == "$0.50"
    assert report(NOW, month="2026-10").today is None
    assert report(NOW, target=a_target("other")).total.words == "$1.00"


def test_what_nobody_knows_makes_a_total_at_least() -> None:
    settle(reserve(), model="claude-next")
    assert report(NOW).total.words == "unknown"
    assert report(NOW).total.plain()["usd"] is None
    spend()
    found = report(NOW)
    assert found.total.words == "at least $0.50"
    assert (found.total.plain()["at_least"], found.total.unknown) == (True, 1)
    assert by(found, "model")["claude-next"] == "unknown"


def test_lost_calls_count_as_unknown_and_refunds_as_nothing() -> None:
    reserve()
    lines.sweep(datetime(2026, 11, 21, 3, tzinfo=UTC))
    lines.refund(reserve(agent="Builder"), at=NOW)
    assert by(report(NOW), "agent") == {"EvalAgent": "unknown", "Builder": "$0.00"}


def test_calls_in_flight_are_told_apart() -> None:
    reserve()
    found = report(NOW)
    assert found.total.in_flight == "1 in flight, up to $1.00"
    assert found.total.known == 0


def test_simulated_calls_never_mix_in() -> None:
    spend(simulated=True, engine="scripted")
    assert report(NOW).total.words == "no model call"
    assert report(NOW, simulated=True).total.words == "$0.50"
    assert "Simulated" in output("--simulated")


def test_budgets_show_their_share(settings: Settings) -> None:
    budget(settings, day_usd=2, month_tokens=1_000_000, target_day_usd=5)
    spend()
    reserve(target=a_target("other"))
    Budget.objects.create(target=a_target("other"), day_usd=HALF)
    shares = {
        each.bound.name: (each.percent, each.bound.words(each.counted))
        for each in report(NOW).budgets
    }
    assert shares == {
        "day": (75, "$1.50"),
        "month": (50, "500 000 tokens"),
        "day of gateway": (10, "$0.50"),
        "day of other": (200, "$1.00"),
    }
    names = [each.bound.name for each in report(NOW, target=a_target("other")).budgets]
    assert names == ["day of other"]
    assert report(NOW, month="2026-10").budgets == []


@pytest.mark.parametrize("words", ["2026-13", "2026", "11-2026", "2026-1", "0000-01", "٢٠٢٦-11"])
def test_what_is_no_month_is_refused(words: str) -> None:
    with pytest.raises(BadMonth, match="write it as 2026-11"):
        report(NOW, month=words)


def test_the_last_month_that_can_be_written_is_one() -> None:
    assert report(NOW, month="9999-12").total.calls == 0


def test_purposes_show_what_is_left_to_them(settings: Settings) -> None:
    budget(settings, purpose_usd=2, purposes={"maintenance": Decimal(1)})
    spend(purpose="generation:1/plan")
    spend(purpose="maintenance:7")
    spend(purpose="evaluation")
    shares = {each.bound.name: each.percent for each in report(NOW).budgets}
    assert shares == {"generation:1": 25, "maintenance:7": 50}


def test_many_purposes_are_cut_and_counted() -> None:
    for number in range(spending.MOST + 3):
        reserve(purpose=f"generation:{number}")
    [block] = [block for block in report(NOW).blocks if block.key == "purpose"]
    assert (len(block.rows), block.more) == (spending.MOST, 3)


def test_each_block_is_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(30):
        spend(purpose=f"generation:{number}", agent=f"Agent {number}")
    with django_assert_num_queries(8):  # two sums, four blocks, targets and their budgets
        report(NOW)


def test_the_command_tells_a_program(settings: Settings) -> None:
    budget(settings, day_usd=2)
    spend()
    told = json.loads(output("--json", "--month", "2026-11"))
    assert told["total"]["usd"] == "0.500000000"
    assert told["by_agent"][0]["name"] == "EvalAgent"
    assert told["simulated"] is False


def test_the_command_sets_a_targets_budget(settings: Settings) -> None:
    budget(settings)
    a_target()
    told = output("--target", "gateway", "--day-usd", "2.5", "--month-tokens", "1000")
    assert "day of gateway: $0.00 of $2.50" in told
    assert Budget.objects.get().month_tokens == 1000
    output("--target", "gateway", "--day-usd", "default")
    assert Budget.objects.get().day_usd is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--target", "nowhere"], "there is no target 'nowhere'; known: gateway"),
        (["--day-usd", "2"], "Say which target"),
        (["--target", "gateway", "--day-usd", "much"], "neither an amount in dollars nor"),
        (["--target", "gateway", "--day-tokens", "1.5"], "neither a whole number nor"),
        (["--target", "gateway", "--day-usd", "-1"], "below nothing"),
        (["--target", "gateway", "--day-usd", "nan"], "no amount"),
        (["--month", "next"], "'next' is no month"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else None,
)
def test_the_command_says_what_is_wrong_and_changes_nothing(words: list[str], told: str) -> None:
    a_target()
    with pytest.raises(CommandError, match=told):
        output(*words)
    assert not Budget.objects.exclude(day_usd=None, day_tokens=None).exists()


def test_the_command_shows_the_price_table() -> None:
    told = output("--prices")
    assert "claude-haiku-5-5 from 2026-10-10 above 100000 tokens: input 0.50" in told
    assert "cache_write_5m not seen" in told
    assert "retires on 2026-11-30" in told


def test_purposes_are_summed_each_with_all_its_parts_and_added_up() -> None:
    spend(purpose="generation:1/plan")
    spend(purpose="generation:1/build")
    spend(purpose="generation:10/plan")
    spend(purpose="generation:1/plan", simulated=True)
    reserve(purpose="generation:2/plan")
    names = ["generation:1", "generation:2", "generation:3"]
    found = spending.of_purposes(names)
    assert {name: one.calls for name, one in found.items()} == {
        "generation:1": 2,
        "generation:2": 1,
    }
    assert found["generation:1"].words == "$1.00"
    assert spending.of_purposes(names, simulated=True)["generation:1"].words == "$0.50"
    both = spending.added("both", found.values())
    assert (both.name, both.calls, both.flying, both.known) == ("both", 3, 1, 10**9)
    assert spending.added("none", []).words == "no model call"
