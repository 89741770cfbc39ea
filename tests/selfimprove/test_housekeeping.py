"""What is old goes, what is young stays, and the canary leaves a heartbeat."""

import socket
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.models import Task

from audit.events import Event
from audit.log import Actor, record
from audit.models import Entry
from selfimprove import housekeeping, runs
from selfimprove.models import Heartbeat, Run
from validation.authorising import tally
from validation.models import Ruling

pytestmark = pytest.mark.django_db


def test_old_results_of_the_queue_go_and_young_ones_stay() -> None:
    now = timezone.now()
    for number, age in enumerate((timedelta(0), housekeeping.KEEP / 2, 2 * housekeeping.KEEP)):
        _result(f"good-{number}", now - age, success=True)
        _result(f"bad-{number}", now - age, success=False)
    rest = (
        "0 ended sessions, 0 answers of gates, 0 decisions of policies"
        " and 0 requests of programs and chats"
    )
    assert housekeeping.prune() == f"deleted 2 queue results, {rest}"
    assert not Task.objects.filter(stopped__lt=now - housekeeping.KEEP).exists()
    assert Task.objects.count() == 4
    assert housekeeping.prune() == f"deleted 0 queue results, {rest}"


def test_sessions_that_are_over_go_and_the_log_stays() -> None:
    now = timezone.now()
    for name, ends in (("over", now - timedelta(seconds=1)), ("on", now + timedelta(hours=1))):
        Session.objects.create(session_key=name, session_data="", expire_date=ends)
    record(
        Event.LOOP_RESUMED,
        actor=Actor.system("tests"),
        subject="loop:main",
        at=now - timedelta(days=900),
    )
    housekeeping.prune()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["on"]
    assert Entry.objects.count() == 1


def test_decisions_of_policies_go_when_no_page_counts_them_any_more() -> None:
    now = timezone.now()
    for days in (1, 29, 31, 400):
        Ruling.objects.create(policy="base", permitted=True, at=now - timedelta(days=days))
    counted = tally.lately(now)
    assert "2 decisions of policies" in housekeeping.prune()
    assert tally.lately(now) == counted
    assert Ruling.objects.count() == 2


def test_a_finished_canary_is_a_heartbeat_of_this_host() -> None:
    before = timezone.now()
    runs.ask("runs.canary", before)
    assert runs.perform("runs.canary", Run.objects.get(name="runs.canary").fence) == ""
    beat = Heartbeat.objects.get()
    assert beat.host == socket.gethostname()
    assert beat.at >= before


def test_pruning_is_a_tick_like_any_other() -> None:
    runs.ask("runs.prune", timezone.now())
    told = runs.perform("runs.prune", Run.objects.get(name="runs.prune").fence)
    assert told.startswith("deleted 0 queue results")
    assert Run.objects.get(name="runs.prune").detail == told


def _result(name: str, stopped: datetime, *, success: bool) -> None:
    Task.objects.create(
        id=name.ljust(32, "x"),
        name=name,
        func="nowhere",
        started=stopped,
        stopped=stopped,
        success=success,
    )
