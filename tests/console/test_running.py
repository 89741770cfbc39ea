"""Are deliveries on their way shown with the step they are at and what the watch has seen?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from delivery.models import Outcome as Ending
from delivery.models import Plan
from selfimprove.console.running import running
from targets.models import Target
from tests.console.rows import make_delivery, make_watch
from tests.factories import NOW, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def test_the_stages_before_are_done_and_those_after_to_come(target: Target) -> None:
    make_delivery(target, stage="validate")
    (row,) = running(NOW)
    assert [(step.label, step.state) for step in row.steps] == [
        ("Snapshot", "done"),
        ("Branch", "done"),
        ("Validate", "now"),
        ("Pull request", "todo"),
        ("Merge", "todo"),
        ("Deploy", "todo"),
        ("Watch", "todo"),
    ]


def test_a_stage_that_errs_is_marked(target: Target) -> None:
    make_delivery(target, stage="snapshot", errors_in_row=1)
    assert running(NOW)[0].steps[0].state == "failed"


def test_a_way_back_has_steps_and_a_tone_of_its_own(target: Target) -> None:
    make_delivery(target, plan=Plan.REVERT, stage="redeploy")
    (row,) = running(NOW)
    assert [step.label for step in row.steps] == ["Revert", "Redeploy"]
    assert row.badge == ("warn", "Reverting")


def test_an_ended_delivery_is_not_on_its_way(target: Target) -> None:
    make_delivery(target, outcome=Ending.SUCCEEDED, ended_at=NOW)
    assert running(NOW) == []


def test_the_watch_tells_its_minute_and_both_rates(target: Target) -> None:
    delivery = make_delivery(target, stage="watch")
    counts = {"calls": 200, "failures": 4, "baseline_calls": 5000, "baseline_failures": 900}
    make_watch(delivery, at=NOW - timedelta(minutes=24), **counts)
    progress = running(NOW)[0].progress
    assert progress is not None
    assert (progress.minute, progress.minutes) == (24, 60)
    assert progress.words == (
        "2 % of calls failed (4 of 200) since the deployment,"
        " 18 % of calls failed (900 of 5000) before"
    )


def test_a_watch_minute_may_be_shorter(target: Target, settings: LazySettings) -> None:
    delivery = make_delivery(target, stage="watch")
    make_watch(delivery, at=NOW - timedelta(seconds=12), minute_seconds=1.0)
    progress = running(NOW)[0].progress
    assert progress is not None
    assert progress.minute == 12
    assert progress.words.startswith("no calls since")


def test_the_meter_never_runs_past_its_end(target: Target) -> None:
    delivery = make_delivery(target, stage="watch")
    make_watch(delivery, at=NOW - timedelta(hours=9))
    progress = running(NOW)[0].progress
    assert progress is not None
    assert progress.minute == progress.minutes
