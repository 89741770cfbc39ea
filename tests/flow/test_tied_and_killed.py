"""Does a process that is killed anywhere leave a state without its entry, or the other way?"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max

from audit.events import TIED
from audit.models import Entry, Transition
from audit.ties import matching
from audit.verify import verify
from delivery.models import Delivery
from proposals.models import Proposal
from tests.delivery.scene import make_scene

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).parents[2]
ROUNDS = 8


def killed_after(moves: int, pause: float, *keys: object) -> None:
    """Let a process make so many moves, and kill it a moment later in the middle of another."""
    name, folder = str(connection.settings_dict["NAME"]), str(settings.DATA_DIR)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.flow.moving", name, folder, *map(str, keys)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "selfimprove.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for _ in range(moves):
        if not process.stdout.readline():
            pytest.fail(process.communicate()[1])
    time.sleep(pause)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_no_round_leaves_half_a_move(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    for number in range(ROUNDS):
        killed_after(3 + number, 0.0013 * number, scene.proposal.pk, delivery.pk)
        assert list(matching.differences()) == []
    assert verify().problems == ()
    tied = Entry.objects.filter(event__in=TIED)
    assert tied.count() == Transition.objects.count()
    numbered = Transition.objects.values("subject").annotate(n=Count("uid"), last=Max("version"))
    versions = {row["subject"]: row["last"] for row in numbered}
    assert all(row["n"] == row["last"] + 1 for row in numbered)
    assert versions[f"proposal:{scene.proposal.pk}"] == Proposal.objects.get().version
    assert versions[f"delivery:{delivery.pk}"] == Delivery.objects.get().version
    assert versions[f"delivery:{delivery.pk}"] > ROUNDS * 3
