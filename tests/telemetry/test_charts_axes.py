"""Do ticks stand at round moments, and are numbers worded as people read them?"""

from datetime import timedelta

import pytest

from telemetry import axes
from tests.telemetry.points import NOON


@pytest.mark.parametrize(
    "span",
    [
        timedelta(seconds=40),
        timedelta(minutes=7),
        timedelta(hours=3),
        timedelta(days=1),
        timedelta(days=30),
        timedelta(days=90),
        timedelta(days=9000),
    ],
)
def test_there_are_a_few_ticks_and_all_lie_inside(span: timedelta) -> None:
    found = list(axes.ticks(NOON, NOON + span))
    assert 1 <= len(found) <= 6
    assert all(NOON <= at <= NOON + span for at in found)


def test_ticks_of_an_afternoon_are_full_hours() -> None:
    found = axes.ticks(NOON + timedelta(minutes=7), NOON + timedelta(hours=4))
    assert [f"{at:%H:%M}" for at in found] == ["13:00", "14:00", "15:00", "16:00"]


@pytest.mark.parametrize(
    ("span", "worded"),
    [
        (timedelta(minutes=2), "12:00:00"),
        (timedelta(hours=2), "12:00"),
        (timedelta(days=2), "2 Mar 12:00"),
        (timedelta(days=20), "2 Mar"),
    ],
)
def test_a_moment_is_worded_as_finely_as_the_span_asks(span: timedelta, worded: str) -> None:
    assert axes.moment(NOON, span) == worded


@pytest.mark.parametrize(
    ("rate", "worded"),
    [(0, "0 %"), (0.004, "0.4 %"), (0.02, "2 %"), (0.0234, "2.3 %"), (0.1, "10 %"), (1, "100 %")],
)
def test_a_rate_keeps_the_digits_it_deserves(rate: float, worded: str) -> None:
    assert axes.percent(rate) == worded


@pytest.mark.parametrize(
    ("value", "top"), [(0.2, 1), (1, 1), (7, 8), (9, 10), (11, 20), (38, 40), (630, 800)]
)
def test_an_axis_of_counts_ends_at_a_round_number(value: float, top: int) -> None:
    assert axes.round_up(value) == top
