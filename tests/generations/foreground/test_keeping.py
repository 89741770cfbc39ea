"""Does what a terminal carries through stay with it, with its key and its settings?"""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from generations.models import Generation
from generations.running import claims, loop, recording
from targets.models import Target
from tests.generations import walked
from tests.generations.endings import bare_target, opened
from tests.generations.foreground.typed import typed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def target() -> Target:
    return bare_target("gateway")


def test_no_worker_takes_a_phase_of_what_a_terminal_keeps(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "FIRST_PAUSE_SECONDS", 1)
    walked.walk(monkeypatch, build=walked.in_turn(walked.breaks, walked.passes))
    waiting = Generation.objects.filter(errors_in_row=1, lease_until=None)
    found: list[object] = []

    def come_by() -> None:
        try:
            while not (row := waiting.first()):
                time.sleep(0.02)
            found.append(loop.step(row.pk, timezone.now() + timedelta(seconds=5)))
        finally:
            connection.close()

    worker = threading.Thread(target=come_by)
    worker.start()
    said = typed("run", "--target", "gateway", "--dry-run")
    worker.join()
    assert (said.code, found) == (0, [None])
    assert Generation.objects.get().runs.filter(phase="build").count() == 2


def test_what_a_terminal_that_died_kept_is_anybodys_after_a_while(target: Target) -> None:
    generation = opened(target, at=timezone.now())
    now = timezone.now()
    claims.keep(generation.pk, "a terminal", now)
    claims.keep(generation.pk, "another one", now)
    assert claims.take(generation.pk, now) is None
    assert claims.take(generation.pk, now, "another one") is None
    assert claims.take(generation.pk, now + timedelta(minutes=5)) is not None
