"""Is everything told in its own hour and day, also when the clocks change in a quiet night?"""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from audit.events import Event
from notifications.models import Message, Telling
from notifications.sending import MOST
from targets.models import Target
from tests.factories import NOW, make_proposal
from tests.notifications.scene import Clock, channel, given, happen, said
from tests.notifications.servers import Hook

pytestmark = pytest.mark.django_db(transaction=True)
NIGHT: dict[str, Any] = {"quiet_from": time(22), "quiet_to": time(7)}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told_at(hook: Hook, clock: Clock, moment: str) -> bool:
    """Tell whether something is told at a moment, and not a second before it."""
    clock.at = utc(moment) - timedelta(seconds=1)
    clock.tell()
    before = len(hook.got)
    clock.tell(seconds=1)
    return (before, len(hook.got)) == (0, 1)


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        ("2026-03-28T22:30:00", "2026-03-29T05:00:00"),  # the night in which an hour is left out
        ("2026-03-29T22:30:00", "2026-03-30T05:00:00"),
        ("2026-10-24T21:30:00", "2026-10-25T06:00:00"),  # the one in which an hour comes twice
        ("2026-10-25T22:30:00", "2026-10-26T06:00:00"),
        ("2026-03-29T00:30:00", "2026-03-29T05:00:00"),  # within the night, just before the gap
        ("2026-10-25T00:30:00", "2026-10-25T06:00:00"),  # half past two, the first time
        ("2026-10-25T01:30:00", "2026-10-25T06:00:00"),  # and the second time
    ],
)
def test_a_quiet_night_ends_by_the_clock_on_the_wall(
    hook: Hook, clock: Clock, settings: LazySettings, happened: str, told: str
) -> None:
    given(settings, timezone="Europe/Berlin")
    clock.at = utc(happened)
    channel(hook, at=clock.at, **NIGHT)
    happen(Event.RUN_FAILED, "run:mine", at=clock.at)
    assert told_at(hook, clock, told)


def test_quiet_hours_that_end_in_the_hour_that_is_left_out_end_all_the_same(
    hook: Hook, clock: Clock, settings: LazySettings
) -> None:
    given(settings, timezone="Europe/Berlin")
    clock.at = utc("2026-03-28T22:30:00")
    channel(hook, at=clock.at, quiet_from=time(22), quiet_to=time(2, 30))
    happen(Event.RUN_FAILED, "run:mine", at=clock.at)
    assert told_at(hook, clock, "2026-03-29T01:30:00")


@pytest.mark.parametrize("happened", ["2026-03-29T00:59:50", "2026-10-25T00:59:50"])
def test_what_is_critical_wakes_people_in_either_night(
    hook: Hook, clock: Clock, settings: LazySettings, happened: str
) -> None:
    given(settings, timezone="Europe/Berlin")
    clock.at = utc(happened)
    channel(hook, at=clock.at, **NIGHT)
    happen(Event.LOOP_PAUSED, at=clock.at)
    clock.tell(seconds=29)
    assert hook.got == []
    clock.tell(seconds=1)
    assert len(hook.got) == 1


def test_a_zone_that_is_half_an_hour_off_has_its_own_night(
    hook: Hook, clock: Clock, settings: LazySettings
) -> None:
    given(settings, timezone="Asia/Kolkata")
    clock.at = utc("2026-03-02T16:45:00")  # 22:15 there
    channel(hook, at=clock.at, **NIGHT)
    happen(Event.RUN_FAILED, "run:mine", at=clock.at)
    assert told_at(hook, clock, "2026-03-03T01:30:00")


def test_what_comes_within_half_a_minute_is_one_message_and_what_comes_later_another(
    hook: Hook, clock: Clock
) -> None:
    channel(hook)
    for number, later in enumerate((0, 29, 30, 31)):
        happen(Event.DELIVERY_ALARMED, f"delivery:{number}", at=NOW + timedelta(seconds=later))
        clock.at = NOW + timedelta(seconds=later)
        clock.tell()
    assert [message["count"] for message in hook.got] == [3]
    clock.at = NOW + timedelta(seconds=60)
    clock.tell()
    assert len(hook.got) == 1
    clock.tell(seconds=1)
    assert [message["count"] for message in hook.got] == [3, 1]
    assert len({one["subject"] for one in said(hook)}) == 4


def test_the_last_moment_of_an_hour_and_the_first_of_the_next_are_two_messages(
    hook: Hook, clock: Clock
) -> None:
    channel(hook)
    stroke = NOW.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    happen(Event.RUN_FAILED, "run:last", at=stroke - timedelta(microseconds=1))
    happen(Event.RUN_FAILED, "run:first", at=stroke)
    clock.at = stroke
    clock.tell()
    assert [one["subject"] for one in said(hook)] == ["run:last"]
    clock.at = stroke + timedelta(hours=1)
    clock.tell()
    assert [one["subject"] for one in said(hook)] == ["run:last", "run:first"]


def test_the_hour_and_the_day_that_end_together_are_two_messages_and_each_thing_is_in_one(
    hook: Hook, clock: Clock, target: Target
) -> None:
    channel(hook)
    clock.at = utc("2026-03-03T08:30:00")
    for severity in ("high", "low", "medium"):
        make_proposal(target, severity=severity, at=clock.at)
    clock.at = utc("2026-03-03T09:00:00")
    assert clock.tell().sent == 2
    assert sorted((one["batch"], one["count"]) for one in hook.got) == [
        ("daily", 2),
        ("hourly", 1),
    ]
    subjects = [one["subject"] for one in said(hook)]
    assert len(subjects) == len(set(subjects)) == 3


def test_more_channels_than_one_round_takes_are_told_in_the_next(hook: Hook, clock: Clock) -> None:
    for number in range(MOST + 3):
        channel(hook, name=f"ops {number}")
    happen(Event.LOOP_PAUSED)
    assert clock.tell(minutes=1).sent == MOST
    assert clock.tell(seconds=15).sent == 3
    assert Message.objects.count() == Telling.objects.count() == MOST + 3
    assert clock.tell(hours=1).sent == 0
