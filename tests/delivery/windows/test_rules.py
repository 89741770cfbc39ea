"""Is a window open, and when does the next one open, also when the clocks are set?"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from delivery.windows.rules import HORIZON, BadRule, Calendar, Standing, read

BERLIN = ZoneInfo("Europe/Berlin")
ALL = ("low", "medium", "high", "critical")
WAITING = ("medium", "high", "critical")


def calendar(*lines: str, zone: ZoneInfo = BERLIN, **given: object) -> Calendar:
    holidays = given.get("holidays", {})
    assert isinstance(holidays, dict)
    return Calendar(zone, [read(line) for line in lines], WAITING, holidays)


def local(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def at(text: str, *lines: str, risk: str = "medium", target: str = "gateway") -> Standing:
    return calendar(*lines).standing(target, risk, local(text))


WORK = "mon-thu 09:00-16:00"


@pytest.mark.parametrize(
    ("moment", "opens", "until"),
    [
        ("2026-12-07 08:59:59", "2026-12-07 09:00", None),  # a Monday
        ("2026-12-07 09:00", None, "2026-12-07 16:00"),
        ("2026-12-07 15:59:59", None, "2026-12-07 16:00"),
        ("2026-12-07 16:00", "2026-12-08 09:00", None),
        ("2026-12-10 16:00", "2026-12-14 09:00", None),  # over the weekend
        ("2026-12-12 12:00", "2026-12-14 09:00", None),
    ],
)
def test_a_window_opens_at_its_start_and_is_shut_at_its_end(
    moment: str, opens: str | None, until: str | None
) -> None:
    found = at(moment, WORK)
    assert found.is_open == (until is not None)
    assert found.opens == (local(opens) if opens else None)
    assert found.until == (local(until) if until else None)


def test_without_rules_and_below_the_risks_that_wait_it_is_always_open() -> None:
    sunday = "2026-12-13 03:00"
    assert at(sunday) == Standing(is_open=True)
    assert at(sunday, WORK, risk="low") == Standing(is_open=True)
    assert not at(sunday, WORK, risk="critical").is_open


def test_what_is_said_for_a_target_stands_in_the_place_of_what_is_said_for_all() -> None:
    lines = (WORK, "gateway: sat 22:00-04:00")
    monday, saturday = "2026-12-07 10:00", "2026-12-12 23:00"
    assert not at(monday, *lines).is_open
    assert at(saturday, *lines).is_open
    assert at(monday, *lines, target="other").is_open
    assert not at(saturday, *lines, target="other").is_open


def test_a_name_is_taken_as_it_is_written() -> None:
    assert read("My-Gateway:  sat 22:00-04:00").target == "My-Gateway"


def test_a_rule_for_some_risks_says_nothing_of_others() -> None:
    lines = ("mon-fri 09:00-17:00 medium high", "sun 02:00-04:00 critical")
    assert at("2026-12-07 10:00", *lines).is_open
    assert not at("2026-12-07 10:00", *lines, risk="critical").is_open
    assert at("2026-12-13 03:00", *lines, risk="critical").is_open


def test_a_risk_that_no_rule_names_never_finds_a_window() -> None:
    assert at("2026-12-07 10:00", "mon-fri 09:00-17:00 medium", risk="high") == Standing(
        is_open=False
    )


def test_a_window_past_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    line = "sat 22:00-04:00"
    assert at("2026-12-13 03:59", line).until == local("2026-12-13 04:00")
    assert not at("2026-12-12 03:59", line).is_open  # that night began on a Friday
    holiday = calendar(line, holidays={date(2026, 12, 13): "Lucia"})
    assert holiday.standing("gateway", "high", local("2026-12-13 03:00")).is_open
    holiday = calendar(line, holidays={date(2026, 12, 12): "Eve"})
    assert not holiday.standing("gateway", "high", local("2026-12-13 03:00")).is_open


def test_midnight_ends_a_day_and_the_next_one_goes_on() -> None:
    found = at("2026-12-07 12:00", "mon,tue 00:00-24:00")
    assert found.until == local("2026-12-09 00:00")  # both are one stretch


def test_windows_that_overlap_are_one() -> None:
    lines = ("mon 09:00-12:00", "mon 11:00-15:00", "mon 15:00-16:00")
    assert at("2026-12-07 10:00", *lines).until == local("2026-12-07 16:00")


def test_days_may_run_over_the_end_of_the_week() -> None:
    assert read("sat-mon 09:00-10:00").days == (0, 5, 6)
    assert read("fri,mon-tue 09:00-10:00").days == (0, 1, 4)
    assert read("wed 09:00-10:00").days == (2,)


def test_no_window_opens_on_a_holiday() -> None:
    days = calendar(WORK, holidays={date(2026, 12, 7): "Local fair"})
    found = days.standing("gateway", "high", local("2026-12-07 10:00"))
    assert found.opens == local("2026-12-08 09:00")


def test_nothing_opens_within_the_horizon_when_every_day_is_free() -> None:
    start = date(2026, 12, 1)
    free = {start + timedelta(days=n): "Closed" for n in range(HORIZON.days + 10)}
    found = calendar(WORK, holidays=free).standing("gateway", "high", local("2026-12-07 10:00"))
    assert found == Standing(is_open=False)


# The clocks go from 02:00 to 03:00 on 2026-03-29 (01:00 UTC), and back from 03:00 to 02:00 on
# 2026-10-25 (01:00 UTC).
SPRING, AUTUMN = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)


def stretch(line: str, moment: datetime) -> tuple[datetime, datetime]:
    days = calendar(line)
    start = moment - timedelta(hours=12)
    [one] = days.stretches(days.rules, start, start + timedelta(hours=23))
    return one.start, one.end


def test_the_hour_is_the_one_on_the_wall_before_and_after_the_clocks_are_set() -> None:
    days = calendar("mon-sun 09:00-10:00")
    winter = days.standing("x", "high", datetime(2026, 3, 28, 7, tzinfo=UTC)).opens
    summer = days.standing("x", "high", datetime(2026, 3, 29, 7, tzinfo=UTC))
    assert winter == datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert summer == Standing(is_open=True, until=datetime(2026, 3, 29, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        ("sun 01:00-02:30", SPRING - timedelta(hours=1), SPRING),  # its end is leapt over
        ("sun 02:30-04:00", SPRING, SPRING + timedelta(hours=1)),  # its start is leapt over
        ("sun 01:30-03:30", SPRING - timedelta(minutes=30), SPRING + timedelta(minutes=30)),
    ],
)
def test_an_hour_that_is_skipped_is_not_there(line: str, start: datetime, end: datetime) -> None:
    assert stretch(line, SPRING) == (start, end)


def test_a_window_that_lies_in_the_skipped_hour_never_opens_that_day() -> None:
    days = calendar("sun 02:10-02:50")
    found = days.standing("x", "high", SPRING - timedelta(hours=3))
    assert found.opens == local("2026-04-05 02:10")


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        ("sun 02:00-03:00", AUTUMN - timedelta(hours=1), AUTUMN + timedelta(hours=1)),
        ("sun 02:30-04:00", AUTUMN - timedelta(minutes=30), AUTUMN + timedelta(hours=2)),
        ("sun 01:00-02:30", AUTUMN - timedelta(hours=2), AUTUMN + timedelta(minutes=30)),
    ],
)
def test_an_hour_that_is_repeated_counts_both_times(
    line: str, start: datetime, end: datetime
) -> None:
    assert stretch(line, AUTUMN) == (start, end)


def test_a_zone_that_is_set_by_half_an_hour_is_followed_too() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # 02:00 to 02:30 on 2026-10-04
    days = calendar("sun 02:15-03:00", zone=lord_howe)
    found = days.standing("x", "high", datetime(2026, 10, 3, 12, tzinfo=UTC))
    assert found.opens == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("", "one looks like"),
        ("mon", "one looks like"),
        ("mon 9:00-16:00", "one looks like"),
        ("mon 09:00-16:00 09:00-10:00", "one looks like"),
        ("moon 09:00-16:00", "'moon' is no day"),
        ("mon- 09:00-16:00", "is no day"),
        ("mon,, 09:00-16:00", "is no day"),
        ("mon 09:00-25:00", "25:00 is no time"),
        ("mon 09:61-10:00", "09:61 is no time"),
        ("mon 09:00-10:00 grave", "no risk 'grave'"),
        ("mon 09:00-10:00\nfri 09:00-10:00", "one looks like"),
    ],
)
def test_a_line_that_is_no_rule_is_told_with_what_is_wrong(line: str, what: str) -> None:
    with pytest.raises(BadRule, match=what.replace("(", r"\(")):
        read(line)


def test_years_of_windows_do_not_make_an_answer_slow_to_find() -> None:
    days = calendar(*[f"mon-sun {hour:02}:00-{hour:02}:30" for hour in range(24)])
    moment = datetime(2026, 1, 1, 0, 45, tzinfo=UTC)
    for _ in range(20):
        assert days.standing("x", "high", moment).opens == datetime(2026, 1, 1, 1, tzinfo=UTC)
