"""Is it clear what happens next by itself, and how it went last time?"""

from datetime import UTC, datetime, timedelta

import pytest

from audit.log import Actor
from selfimprove.console import clock
from selfimprove.console.state import loop_state
from selfimprove.models import Run, RunState
from selfimprove.schedules import TICKS, Tick
from selfimprove.switch import pause
from tests.console.rows import beat
from tests.factories import NOW

NIGHT = datetime(2026, 3, 2, 1, 59, tzinfo=UTC)


def due(**fields: object) -> clock.Due:
    return clock.Due(Tick("x", "x", every=5), Run(name="x", **fields), NOW)


def test_a_cron_tick_is_next_due_at_its_hour() -> None:
    tick = Tick("evaluation.evaluate", "x", cron="0 2 * * *")
    assert clock.next_moment(tick, NIGHT) == NIGHT + timedelta(minutes=1)


def test_a_short_tick_is_next_due_at_its_next_slot() -> None:
    assert clock.next_moment(Tick("x", "x", every=30), NOW + timedelta(seconds=7)) == (
        NOW + timedelta(seconds=30)
    )


def test_the_next_evaluation_is_never_far() -> None:
    assert NOW < clock.next_evaluation(NOW) <= NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("seconds", "worded"),
    [(0.5, "every 0.5 s"), (30, "every 30 s"), (60, "every minute"), (300, "every 5 min")],
)
def test_a_rhythm_is_worded(seconds: float, worded: str) -> None:
    assert clock.every(seconds) == worded


def test_every_tick_of_the_schedule_is_described() -> None:
    assert {tick.name for tick in TICKS} <= set(clock.WORDS)


def test_a_tick_that_never_ran_says_so() -> None:
    assert clock.Due(TICKS[0], None, NOW).state == ("quiet", "Has not run yet")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": RunState.QUEUED, "queued_at": NOW}, "Queued"),
        ({"state": RunState.RUNNING, "started_at": NOW}, "Running"),
        ({"started_at": NOW, "ended_at": NOW}, "Done"),
        ({"started_at": NOW, "ended_at": NOW, "failed_at": NOW}, "Failed"),
        ({"started_at": NOW, "ended_at": NOW, "failed_at": NOW - timedelta(hours=1)}, "Done"),
    ],
)
def test_the_last_run_is_named(fields: dict[str, object], words: str) -> None:
    assert due(**fields).state[1] == words


@pytest.mark.django_db
def test_the_schedule_joins_ticks_with_their_runs() -> None:
    Run.objects.create(name="audit.seal", detail="sealed 3")
    (row,) = [row for row in clock.schedule(NOW) if row.tick.name == "audit.seal"]
    assert row.run is not None
    assert row.run.detail == "sealed 3"


@pytest.mark.django_db
def test_without_any_sign_of_life_the_loop_is_not_called_running() -> None:
    assert loop_state(NOW).words == "Worker not seen yet"


@pytest.mark.django_db
def test_a_worker_that_lives_is_a_running_loop_until_it_falls_silent() -> None:
    beat(NOW)
    assert loop_state(NOW + timedelta(seconds=59)).is_well
    assert loop_state(NOW + timedelta(seconds=61)).words == "Worker silent"


@pytest.mark.django_db
def test_a_pause_names_the_person_and_the_reason() -> None:
    beat(NOW)
    pause(actor=Actor("person", "ada"), reason="an incident", at=NOW)
    assert loop_state(NOW).why == "Paused by ada: an incident."
