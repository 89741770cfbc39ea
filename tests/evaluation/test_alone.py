"""Is nobody asked, and paid, twice about the same evidence because two looked at one moment?"""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as installed
from django.db import connection
from django.utils import timezone

from evaluation import tasks
from evaluation.asking import holding
from evaluation.inspections.records import Inspection
from evaluation.models import Evaluation
from evaluation.scan import scanning
from evaluation.triggers.records import Waking
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


@pytest.mark.django_db
def test_the_clock_leaves_a_target_alone_that_is_being_evaluated(target: Target) -> None:
    reason = Waking.objects.create(
        target=target, trigger="error_spike", words="x", at=timezone.now()
    )
    with holding.alone(target, "evaluated", timezone.now()):
        assert "is being evaluated already" in tasks.evaluate()
    reason.refresh_from_db()
    assert (Evaluation.objects.count(), reason.evaluation) == (0, None)
    assert "1 proposed" in tasks.evaluate()


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
