"""Is the pace of a source what came in the last minutes?"""

from datetime import timedelta

from telemetry.collecting import pace
from tests.factories import NOW


def test_a_steady_source_has_a_steady_pace() -> None:
    recent: list[list[int]] = []
    for second in range(0, 1_200, 5):
        recent = pace.noted(recent, NOW + timedelta(seconds=second), (10, 9, 1))
    assert len(recent) <= pace.KEPT
    found = pace.of(recent, NOW + timedelta(seconds=1_199))
    assert 110 <= found.lines_a_minute <= 125
    assert found.refused == sum(entry[3] for entry in recent)
    assert len(found.by_minute) == pace.KEPT


def test_a_source_that_is_silent_has_none() -> None:
    recent = pace.noted([], NOW, (600, 0, 0))
    assert pace.of(recent, NOW + timedelta(hours=1)).lines_a_minute == 0
    assert pace.of([], NOW).by_minute == (0,) * pace.KEPT
    assert pace.noted(recent, NOW + timedelta(hours=1), (0, 0, 0)) == []


def test_a_clock_that_was_set_back_is_no_trouble() -> None:
    recent = pace.noted([], NOW, (10, 0, 0))
    earlier = NOW - timedelta(hours=1)
    assert pace.noted(recent, earlier, (5, 0, 0))[-1][1] == 5
    assert pace.of(recent, earlier).lines_a_minute == 0
