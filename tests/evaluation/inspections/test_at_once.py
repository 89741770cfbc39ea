"""Does nothing count twice, and is nothing half written, when two inspect or one is killed?"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections

from audit.models import Entry
from evaluation.ideas import deciding
from evaluation.ideas.deciding import NotDecided
from evaluation.ideas.records import Idea
from evaluation.inspections.records import Finding, Inspection
from evaluation.maintenance import passing
from evaluation.scan import scanning
from evaluation.self_eval import NotReady
from targets.models import Target
from telemetry.models import Event, EventType
from tests.evaluation.evidence_for_tests import gateway
from tests.evaluation.inspections.told import reflection
from tests.factories import NOW, make_user
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)
TOGETHER = 4
# Writes the whole report and dies before the transaction ends.
KILLED = """
import django, os, signal, sys
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from evaluation.inspections import writing
from evaluation.maintenance import passing
from targets.models import Target
from tests.factories import NOW
from datetime import timedelta
writing.record = lambda *given, **more: os.kill(os.getpid(), signal.SIGKILL)
passing.make(Target.objects.get(), NOW + timedelta(hours=1), trigger="schedule")
"""


def at_once(*work: Callable[[], object]) -> list[BaseException]:
    """Do all of it at the same moment; return what was raised."""
    ready = threading.Barrier(len(work))
    raised: list[BaseException] = []

    def run(one: Callable[[], object]) -> None:
        ready.wait()
        try:
            one()
        except (NotDecided, NotReady, AssertionError) as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[one]) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_passes_at_once_count_each_session_once_and_raise_each_idea_once() -> None:
    target = add_target()
    for number in range(6):
        reflection(target, f"s{number}", failed=[("search", "timeout", 2)])
    make = lambda: passing.make(target, LATER, trigger="schedule")  # noqa: E731
    assert at_once(*[make] * TOGETHER) == []
    assert sorted(Inspection.objects.values_list("sessions", flat=True)) == [0, 0, 0, 6]
    assert Idea.objects.count() == 1
    assert Entry.objects.filter(event="idea.raised").count() == 1
    assert Entry.objects.filter(event="maintenance.ended").count() == TOGETHER


def test_scans_at_once_raise_each_idea_once(tmp_path: Path) -> None:
    target = gateway(tmp_path)
    for day in (1, 3):
        Event.objects.create(
            target=target,
            uid=f"digest-{day}",
            event_type=EventType.TASK_FAILURE,
            timestamp=NOW - timedelta(days=day),
            session_id=f"d-{day}",
            component="digest",
        )
    make = lambda: scanning.make(target, NOW, trigger="schedule")  # noqa: E731
    refused = at_once(*[make] * TOGETHER)
    assert {str(one) for one in refused} <= {
        "Gateway is being scanned already: its result comes by itself."
    }
    made = TOGETHER - len(refused)  # one after the other, where one came when another had ended
    assert sorted(Finding.objects.values_list("fate", flat=True)) == [
        *["answered"] * (made - 1),
        "raised",
    ]
    assert Inspection.objects.count() == made
    assert Idea.objects.count() == 1


def test_of_two_persons_who_decide_at_once_one_decides() -> None:
    target = add_target()
    reflection(target, "a", failed=[("search", "timeout", 3)])
    passing.make(target, LATER, trigger="schedule")
    idea = Idea.objects.get()
    rita, otto = make_user("reviewer", name="rita"), make_user("reviewer", name="otto")
    raised = at_once(
        lambda: deciding.accept(idea, person=rita, at=LATER),
        lambda: deciding.dismiss(idea, person=otto, reason="By design.", at=LATER),
    )
    (late,) = raised
    fresh = Idea.objects.get()
    assert (fresh.status, fresh.decided_by) in {("ACCEPTED", "rita"), ("DISMISSED", "otto")}
    assert f"by {fresh.decided_by}" in str(late)
    decided = Entry.objects.filter(event__in=["idea.accepted", "idea.dismissed"])
    assert decided.count() == 1


def test_a_pass_that_is_killed_leaves_nothing_and_the_next_counts_everything() -> None:
    target = add_target()
    reflection(target, "a", failed=[("search", "timeout", 3)])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(connection.settings_dict["NAME"])],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "SELFIMPROVE_DATA_DIR": str(django_settings.DATA_DIR)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not Inspection.objects.exists()
    assert not Idea.objects.exists()
    made = passing.make(Target.objects.get(), LATER, trigger="schedule")
    assert (made.since, made.sessions) == (None, 1)
    assert Idea.objects.count() == 1
