"""Is nobody asked, and paid, twice about the same evidence because two looked at one moment?"""

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.conf import settings as installed
from django.db import connection
from django.utils import timezone

from audit.log import Actor
from evaluation import opening, tasks
from evaluation.causes import NOTHING
from evaluation.inspections.records import Inspection
from evaluation.models import Evaluation
from evaluation.opening import BESIDE_A_MODEL, FIXING, BeingEvaluated, is_running
from evaluation.scan import scanning
from evaluation.triggers.records import Waking
from ports.llm.options import Models
from selfimprove.schedules import TICKS
from targets.models import Target
from tests.evaluation.evidence_for_tests import fail, gateway

ASKING = ("evaluation.evaluate", "evaluation.look", "evaluation.scan")
TICK = """
import os, sys, django
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "selfimprove.settings"
django.setup()
from django.conf import settings
from django.db import connections
settings.DATA_DIR = Path(sys.argv[2])
connections["default"].settings_dict["NAME"] = sys.argv[1]
from evaluation import tasks
print("ready", flush=True)
sys.stdin.readline()
print(tasks.evaluate())
"""


@pytest.fixture
def target(tmp_path: Path) -> Target:
    target = gateway(tmp_path)
    fail(target, at=timezone.now())
    return target


def running_since(target: Target, at: datetime) -> Evaluation:
    return Evaluation.objects.create(
        target=target, trigger="person", engine="embedded", started_at=at
    )


def begin(target: Target, *, alone: bool) -> Evaluation:
    return opening.begin(
        target,
        timezone.now(),
        trigger="schedule",
        cause=NOTHING,
        actor=Actor.system("evaluation"),
        engine="embedded",
        alone=alone,
    )


@pytest.mark.django_db
def test_what_shall_be_alone_does_not_begin_beside_another(target: Target) -> None:
    first = begin(target, alone=True)
    with pytest.raises(BeingEvaluated, match="Gateway is being evaluated already"):
        begin(target, alone=True)
    first.refresh_from_db()
    assert (first.ended_at, Evaluation.objects.count()) == (None, 1)


@pytest.mark.django_db
def test_whoever_does_not_wait_takes_its_place(target: Target) -> None:
    first = begin(target, alone=True)
    begin(target, alone=False)
    first.refresh_from_db()
    assert first.error == "interrupted before it ended"


@pytest.mark.django_db
def test_the_clock_leaves_a_target_alone_that_is_being_evaluated(target: Target) -> None:
    running = running_since(target, timezone.now())
    reason = Waking.objects.create(
        target=target, trigger="error_spike", words="x", at=timezone.now()
    )
    assert tasks.evaluate() == "nothing has changed"
    running.refresh_from_db()
    reason.refresh_from_db()
    assert (running.ended_at, reason.evaluation) == (None, None)  # it is answered by the next
    Evaluation.objects.update(started_at=timezone.now() - FIXING - timedelta(seconds=1))
    assert "1 proposed" in tasks.evaluate()
    running.refresh_from_db()
    assert running.error == "interrupted before it ended"


@pytest.mark.django_db
def test_a_model_may_take_as_long_as_the_settings_allow(
    target: Target, settings: LazySettings
) -> None:
    now = timezone.now()
    running_since(target, now - timedelta(minutes=40))
    assert not is_running(target, now)
    models = Models(deadline_seconds=3600)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"models": models})
    assert is_running(target, now)
    assert not is_running(target, now + timedelta(minutes=20) + BESIDE_A_MODEL)


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_one_moment_evaluate_once(target: Target) -> None:
    name = str(connection.settings_dict["NAME"])
    both = [
        subprocess.Popen(
            [sys.executable, "-c", TICK, name, str(installed.DATA_DIR)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for each in both:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in both:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    said = [each.communicate(timeout=120) for each in both]
    assert sorted("proposed" in out for out, _ in said) == [False, True], said
    assert Evaluation.objects.get().error == ""


@pytest.mark.django_db
def test_a_scan_that_is_asked_for_again_goes_on_with_the_targets_that_are_left(
    tmp_path: Path,
) -> None:
    first, second = gateway(tmp_path), gateway(tmp_path, slug="other")
    now = timezone.now()
    scanning.make(second, now, trigger="person")  # which is nobody's turn of the clock
    scanning.make(first, now, trigger=scanning.BY_THE_CLOCK)
    assert tasks.scan().startswith("other: ")
    assert tasks.scan() == "no target is due"
    assert Inspection.objects.filter(trigger=scanning.BY_THE_CLOCK).count() == 2
    assert scanning.is_due(first, now + scanning.DAY)


@pytest.mark.parametrize("name", ASKING)
def test_no_worker_is_ended_in_the_middle_of_a_question(name: str) -> None:
    (tick,) = [one for one in TICKS if one.name == name]
    assert tick.longest > installed.SELFIMPROVE.models.deadline_seconds + 3000
