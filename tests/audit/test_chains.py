"""Is what is missing, doubled or out of place among one writer's entries named?"""

import hashlib
import random

import pytest

from audit.checks.chains import LONGEST_GAP, Chains
from audit.soundness import Place

ADA = "writer/a#0123456789abcdef"


def name(number: int, writer: str = ADA) -> str:
    return hashlib.sha256(f"{writer}{number}".encode()).hexdigest() if number else ""


def place(number: int, writer: str = ADA, before: str | None = None) -> Place:
    previous = name(number - 1, writer) if before is None else before
    return Place(writer, number, previous, "")


def told(chains: Chains, *numbers: int, writer: str = ADA) -> list[str | None]:
    return [
        chains.take(f"leaf {number}", place(number, writer), name(number, writer))
        for number in numbers
    ]


def test_an_unbroken_chain_has_nothing_to_tell() -> None:
    chains = Chains()
    assert told(chains, 1, 2, 3) == [None] * 3
    assert told(chains, 1, 2, writer="writer/b#0123456789abcdef") == [None] * 2
    assert list(chains.gaps()) == []


def test_a_removed_entry_is_named_where_the_next_one_stands() -> None:
    chains = Chains()
    told(chains, 1, 2, 4)
    assert list(chains.gaps()) == [
        ("leaf 4", f"entry 3 of {ADA} is missing before it: it was removed")
    ]


def test_removed_first_entries_are_named() -> None:
    chains = Chains()
    told(chains, 3)
    assert [what.split(" of ")[0] for _, what in chains.gaps()] == ["entry 1", "entry 2"]


@pytest.mark.parametrize("seed", range(8))
def test_entries_in_any_order_close_their_gaps(seed: int) -> None:
    numbers = list(range(1, 30))
    random.Random(seed).shuffle(numbers)  # noqa: S311 - an order, no secret
    chains = Chains()
    assert told(chains, *numbers) == [None] * 29
    assert list(chains.gaps()) == []


def test_an_entry_that_comes_twice_is_named() -> None:
    chains = Chains()
    assert told(chains, 1, 2, 2)[-1] == f"it is entry 2 of {ADA} once more"


def test_an_exchanged_entry_is_noticed_by_the_next_one() -> None:
    chains = Chains()
    told(chains, 1)
    assert chains.take("leaf 1", place(2), "ff" * 32) is None
    assert told(chains, 3) == [f"it does not follow entry 2 of {ADA}"]


def test_an_entry_that_names_another_before_it_is_noticed() -> None:
    chains = Chains()
    told(chains, 1)
    assert chains.take("leaf 1", place(2, before="ee" * 32), name(2)) is not None


def test_a_gap_is_not_closed_by_another_entry_of_that_number() -> None:
    chains = Chains()
    told(chains, 1, 3)
    assert chains.take("leaf 9", place(2), "ff" * 32) is not None
    chains = Chains()
    told(chains, 1, 3)
    assert chains.take("leaf 9", place(2, before="ff" * 32), name(2)) is not None


def test_an_endless_gap_is_told_at_once_and_not_waited_for() -> None:
    chains = Chains()
    told(chains, 1)
    [what] = told(chains, 2**60)
    assert what == f"all entries 2 to {2**60 - 1} of {ADA} are missing"
    assert len(chains.missing) == 0
    told(chains, 2**60 + LONGEST_GAP)
    assert len(chains.missing) == LONGEST_GAP - 1
