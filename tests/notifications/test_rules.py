"""When is something told, and when is it tried again?"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications.rules import Batch, after_quiet, at_least, batch_of, due, following, pause

BERLIN = ZoneInfo("Europe/Berlin")
NINE = time(9)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_what_is_critical_is_told_within_five_minutes() -> None:
    at = utc("2026-03-02T09:30")
    assert timedelta(0) <= due("critical", at, UTC, NINE) - at <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-03-02T09:30:00", "2026-03-02T10:00"),
        ("2026-03-02T09:59:59", "2026-03-02T10:00"),
        ("2026-03-02T10:00:00", "2026-03-02T11:00"),
        ("2026-03-02T23:10:00", "2026-03-03T00:00"),
    ],
)
def test_what_is_high_is_told_at_the_next_full_hour(at: str, told: str) -> None:
    assert due("high", utc(at), BERLIN, NINE) == utc(told)


@pytest.mark.parametrize("severity", ["medium", "low"])
@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-03-02T07:59:59", "2026-03-02T08:00"),  # 09:00 in winter
        ("2026-03-02T08:00:00", "2026-03-03T08:00"),  # on the stroke: the next one
        ("2026-07-02T06:00:00", "2026-07-02T07:00"),  # 09:00 in summer
        ("2026-03-28T12:00:00", "2026-03-29T07:00"),  # the clocks went forward in the night
        ("2026-10-24T12:00:00", "2026-10-25T08:00"),  # they went back
    ],
)
def test_the_rest_is_told_at_nine_by_the_clock_on_the_wall(
    severity: str, at: str, told: str
) -> None:
    assert due(severity, utc(at), BERLIN, NINE) == utc(told)


def test_every_digest_of_a_year_is_at_nine_and_none_is_left_out() -> None:
    at, seen = utc("2026-01-01T12:00"), set()
    while at < utc("2027-01-01T08:00"):
        at = following(at, BERLIN, NINE)
        shown = at.astimezone(BERLIN)
        assert (shown.hour, shown.minute) == (9, 0)
        seen.add(shown.date())
    assert len(seen) == 365


def test_a_time_that_the_clocks_leave_out_comes_all_the_same() -> None:
    found = following(utc("2026-03-28T23:30"), BERLIN, time(2, 30))
    assert found == utc("2026-03-29T01:30")
    again = following(found, BERLIN, time(2, 30))
    assert again == utc("2026-03-30T00:30")


def test_a_time_that_comes_twice_counts_once() -> None:
    first = following(utc("2026-10-24T23:00"), BERLIN, time(2, 30))
    assert first == utc("2026-10-25T00:30")
    assert following(first, BERLIN, time(2, 30)) == utc("2026-10-26T01:30")


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-03-02T20:59", "2026-03-02T20:59"),
        ("2026-03-02T21:00", "2026-03-03T06:00"),  # 22:00 in Berlin, until 07:00
        ("2026-03-03T02:00", "2026-03-03T06:00"),
        ("2026-03-03T06:00", "2026-03-03T06:00"),
    ],
)
def test_quiet_hours_reach_over_midnight(moment: str, told: str) -> None:
    assert after_quiet(utc(moment), time(22), time(7), BERLIN) == utc(told)


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    noon = utc("2026-03-02T12:00")
    assert after_quiet(noon, time(12), time(14), UTC) == utc("2026-03-02T14:00")
    assert after_quiet(noon, None, None, UTC) == noon
    assert after_quiet(noon, time(12), time(12), UTC) == noon


def test_pauses_grow_to_an_hour_and_no_further() -> None:
    pauses = [pause(attempts, 0) for attempts in range(12)]
    assert pauses[0] == pauses[1] == timedelta(minutes=1)
    assert pauses == sorted(pauses)
    assert pauses[-1] == pause(10_000, 0) == timedelta(hours=1)


def test_who_asks_to_be_left_alone_is_but_not_for_ever() -> None:
    assert pause(1, 1800) == timedelta(minutes=30)
    assert pause(1, 10**9) == timedelta(hours=1)
    assert pause(9, 1) == timedelta(hours=1)


def test_severities_have_an_order_and_a_batch() -> None:
    assert at_least("high", "medium")
    assert not at_least("low", "medium")
    assert [batch_of(one) for one in ("critical", "high", "medium", "low")] == [
        Batch.AT_ONCE,
        Batch.HOURLY,
        Batch.DAILY,
        Batch.DAILY,
    ]
