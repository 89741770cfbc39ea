"""Is a cost what the table says at that moment, and unknown wherever it does not say?"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from personas.ledger.prices import BadPrices, Prices, Usage, read

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
ROW = """
[[price]]
model = "m"
effective_from = 2026-10-10
input = 2
output = 10
cache_read = 0.1
cache_write_5m = 2.5
source = "a page"
checked_on = 2026-10-24
"""


@pytest.fixture(scope="module")
def shipped() -> Prices:
    return read((settings.CONFIG_DIR / "prices.toml").read_text(encoding="utf-8"))


def used(prompt: int = 0, said: int = 0, **more: Any) -> Usage:
    return Usage(input_tokens=prompt, output_tokens=said, **more)


def test_each_kind_of_token_has_its_own_price(shipped: Prices) -> None:
    usage = used(1_000_000, 100_000, cached_tokens=400_000, written_5m=100_000, written_1h=50_000)
    # 450k plain at 2, 400k cached at 0.10, 100k written at 2.50 and 50k at 4; 100k said at 10.
    assert shipped.cost("claude-sonnet-5-5", usage, NOW) == Decimal("2.39")


def test_a_single_cached_token_of_the_cheapest_model_still_costs_something(
    shipped: Prices,
) -> None:
    usage = used(1, cached_tokens=1)
    assert shipped.cost("claude-haiku-5-5", usage, NOW) == Decimal("0.00000001")


@pytest.mark.parametrize(
    ("day", "cost"), [(1, Decimal("0.2")), (6, Decimal("0.2")), (7, Decimal("0.1"))]
)
def test_a_price_holds_from_its_date_on(shipped: Prices, day: int, cost: Decimal) -> None:
    at = datetime(2026, 10, day, tzinfo=UTC)
    usage = used(1_000_000, cached_tokens=1_000_000)
    assert shipped.cost("claude-sonnet-5-5", usage, at) == cost


def test_before_the_first_date_nothing_is_known(shipped: Prices) -> None:
    at = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)
    assert shipped.cost("claude-sonnet-5-5", used(1, 1), at) is None


@pytest.mark.parametrize(
    ("prompt", "cost"), [(100_000, Decimal("0.0105")), (100_001, Decimal("0.0525005"))]
)
def test_above_the_threshold_the_whole_request_costs_more(
    shipped: Prices, prompt: int, cost: Decimal
) -> None:
    assert shipped.cost("claude-haiku-5-5", used(prompt, 1_000), NOW) == cost


def test_cached_tokens_count_towards_the_threshold(shipped: Prices) -> None:
    usage = used(150_000, cached_tokens=150_000)
    assert shipped.cost("claude-haiku-5-5", usage, NOW) == Decimal("0.0075")


def test_a_model_that_nobody_listed_has_no_cost_rather_than_none_to_pay(shipped: Prices) -> None:
    assert shipped.cost("claude-next", used(1, 1), NOW) is None
    assert shipped.cost("claude-next", used(), NOW) is None


def test_a_column_that_was_not_seen_makes_only_what_needs_it_unknown(shipped: Prices) -> None:
    assert shipped.cost("claude-fable-5-1", used(1_000_000), NOW) == Decimal(10)
    assert shipped.cost("claude-fable-5-1", used(10, written_5m=1), NOW) is None
    assert read(ROW).cost("m", Usage(input_tokens=1, output_tokens=0, batch=True), NOW) is None


@pytest.mark.parametrize(
    "name",
    [
        "claude-haiku-5-5-20261001",
        "global.anthropic.claude-haiku-5-5",
    ],
)
def test_other_names_of_a_model_cost_the_same(shipped: Prices, name: str) -> None:
    assert shipped.cost(name, used(1_000, 9), NOW) == shipped.cost(
        "claude-haiku-5-5", used(1_000, 9), NOW
    )


def test_a_regional_name_is_not_taken_for_the_global_one(shipped: Prices) -> None:
    assert shipped.cost("eu.anthropic.claude-sonnet-5-5", used(1), NOW) is None


def test_a_batch_costs_half_and_is_never_rounded_down(shipped: Prices) -> None:
    whole = used(1, cached_tokens=0, written_5m=1)
    half = Usage(input_tokens=1, output_tokens=0, written_5m=1, batch=True)
    assert shipped.cost("claude-haiku-5-5", whole, NOW) == Decimal("0.000000125")
    assert shipped.cost("claude-haiku-5-5", half, NOW) == Decimal("0.000000063")


def test_the_worst_case_takes_the_dearest_way_through_the_cache(shipped: Prices) -> None:
    worst = shipped.worst("claude-sonnet-5-5", 1_000_000, 100_000, NOW)
    assert worst == Decimal(5)  # all of it written for an hour at 4, and 100k said at 10
    assert shipped.worst("claude-fable-5-1", 1_000, 1_000, NOW) is None


@given(
    tokens=st.lists(st.integers(0, 300_000), min_size=4, max_size=4),
    said=st.integers(0, 128_000),
    name=st.sampled_from(["claude-haiku-5-5", "claude-opus-5", "claude-sonnet-5-5"]),
)
def test_no_split_of_a_prompt_costs_more_than_the_worst_case(
    shipped: Prices, tokens: list[int], said: int, name: str
) -> None:
    plain, cached, short, long = tokens
    usage = used(
        plain + cached + short + long,
        said,
        cached_tokens=cached,
        written_5m=short,
        written_1h=long,
    )
    cost = shipped.cost(name, usage, NOW)
    worst = shipped.worst(name, usage.input_tokens, said, NOW)
    assert cost is not None
    assert worst is not None
    assert 0 <= cost <= worst


def test_more_cached_than_sent_is_no_usage() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        used(1, cached_tokens=2)
    with pytest.raises(ValueError, match="do not fit"):
        used(1, -1)


def test_the_end_of_a_model_is_known_by_any_of_its_names(shipped: Prices) -> None:
    assert shipped.retirement("claude-sonnet-4-5") == date(2026, 11, 30)
    assert shipped.retirement("claude-sonnet-5-5") is None
    assert shipped.retirement("claude-next") is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("input = 2", 'input = "cheap"'), "row 1 (m): input: "),
        (("input = 2", "input = -2"), "input: Input should be greater than or equal to 0"),
        (("input = 2", "input = nan"), "input: Input should be a finite number"),
        (("input = 2", "input = 0.0001"), "input: Decimal input should have no more than 3"),
        (("input = 2", "inptu = 2"), "inptu: there is no such field; there are model, aliases"),
        (('model = "m"', ""), "row 1 (no model): model: Field required"),
        (("effective_from = 2026-10-10", ""), "effective_from: Field required"),
        (("2026-10-10", "2026-13-10"), "not readable as TOML"),
        (('source = "a page"', ""), "source: Field required"),
        (("input = 2", "prompt_threshold = 5"), "m: no row from 2026-10-10 for small prompts"),
        (("input = 2", "batch_factor = 2"), "batch_factor: Input should be less than"),
    ],
    ids=lambda value: value[1][:20] if isinstance(value, tuple) else None,
)
def test_a_mistake_is_told_with_its_row_and_field(change: tuple[str, str], told: str) -> None:
    with pytest.raises(BadPrices) as caught:
        read(ROW.replace(*change))
    assert told in str(caught.value)
    assert "prices.toml" in str(caught.value)


def test_every_mistake_is_told_at_once() -> None:
    text = ROW.replace("input = 2", "input = -1") + ROW.replace("output = 10", "output = -1")
    with pytest.raises(BadPrices) as caught:
        read(text)
    assert len(caught.value.mistakes) == 2


def test_rows_may_not_contradict_each_other() -> None:
    other = ROW.replace('"m"', '"n"\naliases = ["m"]')
    ends = ROW.replace("2026-10-10", "2026-11-10\nretires_on = 2027-01-01")
    for text, told in (
        (ROW + ROW, "m: two rows from 2026-10-10 above 0 tokens"),
        (ROW + other, "m is a name of m and n"),
        (
            ROW.replace("input", "retires_on = 2027-02-01\ninput") + ends,
            "m: it cannot retire on 2027-01-01 and 2027-02-01",
        ),
    ):
        with pytest.raises(BadPrices) as caught:
            read(text)
        assert told in str(caught.value)


@pytest.mark.parametrize("text", ["", "price = 3", "[prices]\n", "[[price]]\n[other]\n"])
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(BadPrices, match=r"expected rows under \[\[price\]\]"):
        read(text)


def test_a_row_that_is_none_is_refused() -> None:
    with pytest.raises(BadPrices, match="row 1: expected fields, found 3"):
        read("price = [3]")
