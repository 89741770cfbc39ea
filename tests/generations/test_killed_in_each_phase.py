"""A worker killed anywhere loses nothing, doubles nothing, and the next one goes on from there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings, settings
from django.db import connection

from benchmarks.models import Measurement
from generations.models import Generation, Outcome, Reason, Result
from generations.phases import NAMES
from generations.running import recording
from proposals.models import Proposal
from tests.generations.scene import Scene, make_scene
from validation.models import Report

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).parents[2]

POINTS = [
    ("baseline", "Repository.fetch", "return"),
    ("baseline", "finish", "call"),
    ("plan", "Authored.plan", "return"),
    ("build", "Authored.build", "return"),
    ("build", "end_if_over", "return"),
    ("safety", "check", "call"),
    ("safety", "save", "return"),
    ("review", "Authored.review", "return"),
    ("measure", "compare", "call"),
    ("measure", "run.<locals>.keep", "return"),
    ("decide", "known_of", "return"),
    ("propose", "submit", "return"),
    ("propose", "end", "return"),
]


@pytest.fixture
def scene(tmp_path: Path, settings: LazySettings) -> Scene:
    return make_scene(tmp_path, settings)


def command(scene: Scene, generation: Generation, *point: str) -> list[str]:
    """Have another process drive it, a minute after the last one's lease ran out."""
    now = scene.clock.forward(seconds=61)
    return [
        sys.executable, "-m", "tests.generations.killed", str(generation.pk), now.isoformat(),
        str(connection.settings_dict["NAME"]), str(settings.DATA_DIR), *point,
    ]  # fmt: skip


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
        "SELFIMPROVE_DATA_DIR": str(settings.DATA_DIR),
    }


def work(scene: Scene, generation: Generation, *point: str) -> int:
    done = subprocess.run(
        command(scene, generation, *point),
        cwd=ROOT, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    generation.refresh_from_db()
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def test_killed_in_every_phase_it_still_proposes_exactly_once(scene: Scene) -> None:
    generation = scene.begin(writer="embedded")
    for point in POINTS:
        assert work(scene, generation, *point) == -signal.SIGKILL, f"{point} was never reached"
        assert (generation.phase, generation.outcome) == (point[0], "")
        assert not Proposal.objects.exists()
    assert work(scene, generation) == 0
    assert (generation.outcome, generation.reason_kind) == (Outcome.ACCEPTED, "")
    assert Proposal.objects.get().generation == generation
    passed = generation.runs.filter(result=Result.PASSED).values_list("phase", flat=True)
    assert list(passed) == list(NAMES)
    interrupted = generation.runs.filter(result=Result.ERRORED)
    assert interrupted.count() == len(POINTS)
    assert {run.message for run in interrupted} == {recording.INTERRUPTED}
    assert Report.objects.get() == generation.report  # of what was cut off, nothing is left
    assert generation.deltas.count() == 1
    assert Measurement.objects.count() == 2


def test_a_phase_that_kills_its_worker_every_time_is_given_up(scene: Scene) -> None:
    generation = scene.begin(writer="embedded")
    for _ in range(recording.MOST_ERRORS):
        assert work(scene, generation, "build", "Authored.build", "call") == -signal.SIGKILL
    assert work(scene, generation, "build", "Authored.build", "call") == 0
    assert (generation.outcome, generation.reason_kind) == (Outcome.FAILED, Reason.OURS)
    assert "It never came to an end." in generation.reason
    assert generation.runs.filter(phase="build").count() == recording.MOST_ERRORS + 1
    assert scene.begin().number == 2


def test_of_two_workers_at_once_one_walks_it_and_the_other_waits(scene: Scene) -> None:
    generation = scene.begin(writer="embedded")
    same = command(scene, generation)
    started = [
        subprocess.Popen(same, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for worker in started:
        _, said = worker.communicate(timeout=240)
        assert worker.returncode == 0, said
    ended = scene.finish(generation)
    assert ended.outcome == Outcome.ACCEPTED
    assert scene.phases(ended) == [(name, Result.PASSED) for name in NAMES]
    assert Proposal.objects.count() == 1
