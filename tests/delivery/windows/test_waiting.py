"""A change waits for its window, keeps nobody else from the target, and may be let through."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from delivery import pipeline, revert, watchdog
from delivery.models import Delivery, Hold, Outcome, Result
from delivery.windows import waiting
from delivery.windows.options import Windows
from proposals.models import Proposal, Status
from tests.delivery.scene import Scene, approved_elsewhere, make_scene

pytestmark = pytest.mark.django_db
OLGA = Actor("person", "olga")
SHUT = "mon 12:00-14:00"  # the scene plays on a Monday after half past nine, UTC


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = make_scene(tmp_path)
    Proposal.objects.filter(pk=made.proposal.pk).update(risk="medium")
    made.proposal.refresh_from_db()
    return made


def set_windows(settings: Any, *rules: str, **more: Any) -> None:
    section = Windows(rules=rules, **more)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"windows": section})


def stopped_before_the_window(scene: Scene) -> Delivery:
    delivery = scene.begin()
    runs = scene.drive(delivery)
    assert (runs[-1].stage, runs[-1].result) == ("merge", Result.WAITING)
    return delivery


def test_a_change_is_proven_and_proposed_and_then_waits_for_its_window(
    scene: Scene, settings: Any
) -> None:
    set_windows(settings, SHUT)
    delivery = stopped_before_the_window(scene)
    assert delivery.pull_request is not None
    assert "the next change window opens Mon 02 Mar 2026, 12:00 (UTC)" in delivery.detail
    assert scene.timeout_on_main() == "400"
    assert delivery.next_step_at <= scene.clock() + waiting.AGAIN


def test_it_goes_on_by_itself_once_the_window_is_open(scene: Scene, settings: Any) -> None:
    set_windows(settings, SHUT)
    delivery = stopped_before_the_window(scene)
    scene.clock.at = datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)
    scene.drive(delivery)
    assert scene.timeout_on_main() == "1200"
    assert delivery.stage == "watch"


def test_the_last_look_falls_on_the_opening_itself(scene: Scene, settings: Any) -> None:
    set_windows(settings, SHUT)
    scene.clock.at = datetime(2026, 3, 2, 11, 59, 30, tzinfo=UTC)
    delivery = stopped_before_the_window(scene)
    opening = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert timedelta(0) <= delivery.next_step_at - opening <= timedelta(seconds=2)


def test_a_change_of_low_risk_does_not_wait(scene: Scene, settings: Any) -> None:
    set_windows(settings, SHUT)
    Proposal.objects.update(risk="low")
    scene.proposal.refresh_from_db()
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "watch"


def test_who_waits_for_a_window_keeps_nobody_from_the_target(scene: Scene, settings: Any) -> None:
    set_windows(settings, SHUT)
    delivery = stopped_before_the_window(scene)
    assert delivery.hold == ""
    other = approved_elsewhere(scene.target)
    Proposal.objects.filter(pk=other.pk).update(risk="low")
    second = pipeline.begin(Proposal.objects.get(pk=other.pk), scene.clock())
    scene.drive(second)
    assert second.hold == Hold.WATCHING  # it was merged meanwhile
    second.outcome, second.hold, second.ended_at = Outcome.SUCCEEDED, "", scene.clock()
    Delivery.objects.filter(pk=second.pk).update(hold="")
    scene.clock.at = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    scene.drive(delivery)
    assert scene.timeout_on_main() == "1200"
    assert [run.stage for run in delivery.runs.all()].count("validate") == 2  # the base moved


def test_waiting_for_days_is_no_reason_to_give_up(scene: Scene, settings: Any) -> None:
    set_windows(settings, "sun 03:00-04:00")
    delivery = stopped_before_the_window(scene)
    scene.clock.forward(days=5)
    assert watchdog.expire_overdue(scene.clock()) == []
    scene.clock.at = datetime(2026, 3, 8, 3, 10, tzinfo=UTC)
    scene.drive(delivery)
    assert scene.timeout_on_main() == "1200"


def test_taking_a_change_back_waits_for_no_window(scene: Scene, settings: Any) -> None:
    delivery = scene.begin()
    scene.drive(delivery)
    assert scene.timeout_on_main() == "1200"
    set_windows(settings, SHUT)
    revert.request(delivery, actor=OLGA, reason="It hurts", at=scene.clock())
    scene.drive(delivery)
    assert scene.timeout_on_main() == "400"
    assert scene.proposal.status == Status.REVERTED


def test_what_was_merged_is_deployed_whatever_the_hour(scene: Scene, settings: Any) -> None:
    set_windows(settings, "mon 09:00-09:45")
    delivery = scene.drive_until(scene.begin(), "deploy")
    scene.clock.forward(hours=1)
    scene.drive(delivery)
    assert scene.reloads() == ["1200"]


def test_a_person_may_let_it_through_for_a_reason_that_stays(scene: Scene, settings: Any) -> None:
    set_windows(settings, SHUT)
    delivery = stopped_before_the_window(scene)
    waiting.override(delivery, actor=OLGA, reason=" Agents are down ", at=scene.clock())
    scene.drive(delivery)
    assert scene.timeout_on_main() == "1200"
    assert (delivery.window_passed_by, delivery.window_reason) == ("olga", "Agents are down")
    told = Entry.objects.get(event=Event.DELIVERY_WINDOW_PASSED)
    assert told.subject == f"delivery:{delivery.pk}"


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_without_a_reason_nothing_is_let_through(scene: Scene, settings: Any, reason: str) -> None:
    set_windows(settings, SHUT)
    delivery = stopped_before_the_window(scene)
    with pytest.raises(waiting.ReasonMissing):
        waiting.override(delivery, actor=OLGA, reason=reason, at=scene.clock())
    delivery.refresh_from_db()
    assert delivery.window_passed_by == ""


def test_only_what_waits_is_let_through_and_only_once(scene: Scene, settings: Any) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    with pytest.raises(waiting.NothingToOverride):  # no window is set
        waiting.override(delivery, actor=OLGA, reason="Now", at=scene.clock())
    set_windows(settings, SHUT)
    waiting.override(delivery, actor=OLGA, reason="Now", at=scene.clock())
    with pytest.raises(waiting.NothingToOverride):
        waiting.override(delivery, actor=OLGA, reason="Again", at=scene.clock())
    assert Entry.objects.filter(event=Event.DELIVERY_WINDOW_PASSED).count() == 1


def test_a_calendar_that_cannot_be_read_opens_nothing(
    scene: Scene, settings: Any, tmp_path: Path
) -> None:
    missing = tmp_path / "free.ics"
    set_windows(settings, "mon-sun 00:00-24:00", holidays=(missing,))
    delivery = stopped_before_the_window(scene)
    assert "no change window can be known" in delivery.detail
    assert "free.ics" in delivery.detail
    missing.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nEND:VCALENDAR\r\n")
    scene.clock.forward(minutes=6)
    scene.drive(delivery)
    assert delivery.stage == "watch"


def test_rules_that_never_open_are_told_as_such(scene: Scene, settings: Any) -> None:
    set_windows(settings, "mon-sun 00:00-24:00 high")
    delivery = stopped_before_the_window(scene)
    assert "no change window opens within 60 days" in delivery.detail


def test_rules_that_change_while_it_waits_are_seen_within_minutes(
    scene: Scene, settings: Any
) -> None:
    set_windows(settings, "sun 03:00-04:00")
    delivery = stopped_before_the_window(scene)
    set_windows(settings)
    scene.clock.forward(minutes=6)
    scene.drive(delivery)
    assert delivery.stage == "watch"
