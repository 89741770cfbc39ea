"""Are people warned in time of a model that ends?"""

from datetime import date, timedelta

import pytest

from personas.agents import load
from personas.ledger import table
from personas.lifetimes import endings

END = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (61, ""),
        (60, "which retires in 60 days, on 2026-11-30"),
        (1, "which retires tomorrow, on 2026-11-30"),
        (0, "which retired on 2026-11-30"),
        (-5, "which retired on 2026-11-30"),
    ],
)
def test_a_warning_comes_sixty_days_ahead_and_stays(before: int, told: str) -> None:
    old = load()["Reviewer"].model_copy(update={"model": "claude-sonnet-4-5"})
    found = endings([old], table.in_force(), END - timedelta(days=before))
    assert [told in ending.words for ending in found] == ([True] if told else [])
    assert all(ending.is_over == (before <= 0) for ending in found)


def test_a_model_without_a_known_end_is_not_warned_of() -> None:
    assert endings(load().values(), table.in_force(), date(2030, 1, 1)) == []
