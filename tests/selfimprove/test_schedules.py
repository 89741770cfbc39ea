"""When is a tick due, and does each one exist."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from selfimprove import runs
from selfimprove.models import Run, RunState
from selfimprove.schedules import TICKS, Tick
from selfimprove.wakes import SEAL, WAKES

DAILY = Tick("daily", "x", cron="0 2 * * *")
OFTEN = Tick("often", "x", every=5)


@pytest.mark.parametrize("tick", TICKS, ids=lambda tick: tick.name)
def test_the_task_of_each_tick_can_be_called(tick: Tick) -> None:
    assert callable(import_string(tick.task))
    assert bool(tick.every) != bool(tick.cron)


def test_every_wake_names_a_tick() -> None:
    names = {tick.name for tick in TICKS}
    assert {name for woken in WAKES.values() for name in woken} | {SEAL} <= names


def test_a_daily_tick_is_due_once_a_day() -> None:
    now = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    assert DAILY.slot(now) == now
    assert DAILY.is_due(now, None)
    assert not DAILY.is_due(now + timedelta(hours=5), now)
    assert DAILY.is_due(now + timedelta(days=1), now)


def test_a_daily_tick_missed_in_the_night_is_caught_up_in_the_morning_but_not_in_the_evening() -> (
    None
):
    morning = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    yesterday = datetime(2026, 2, 28, 2, 0, tzinfo=UTC)
    assert DAILY.is_due(morning, yesterday)
    assert not DAILY.is_due(morning + timedelta(hours=6), yesterday)


def test_a_short_tick_does_not_pile_up_what_it_missed() -> None:
    now = datetime(2026, 3, 1, 2, 0, 3, tzinfo=UTC)
    assert OFTEN.slot(now) == datetime(2026, 3, 1, 2, 0, 0, tzinfo=UTC)
    assert OFTEN.is_due(now, now - timedelta(hours=3))
    assert not OFTEN.is_due(now, OFTEN.slot(now))


@pytest.mark.django_db
def test_two_clocks_ask_for_a_slot_once() -> None:
    now = timezone.now()
    assert len(runs.ask_due(now)) >= len([tick for tick in TICKS if tick.every])
    assert runs.ask_due(now) == []
    assert Run.objects.filter(state=RunState.QUEUED).exists()
