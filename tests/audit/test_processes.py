"""Does the log stay whole when several processes work on it, and one of them is killed?"""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from audit import sequencer
from audit.models import Checkpoint, Citation, Entry, Head, Leaf, Node
from audit.verify import verify
from tests.audit.entries import NOW, write

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]


def elsewhere(*act: str) -> "subprocess.Popen[str]":
    """Begin an act in another process."""
    name = str(connection.settings_dict["NAME"])
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
        "SELFIMPROVE_DATA_DIR": str(settings.DATA_DIR),
    }
    command = [sys.executable, "-m", "tests.audit.elsewhere", name, *act]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]") -> int:
    _, words = process.communicate(timeout=120)
    assert process.returncode in (0, -signal.SIGKILL), words
    return process.returncode


@pytest.mark.parametrize(
    "dying_at",
    [
        'INSERT INTO "audit_leaf"',
        'INSERT INTO "audit_node"',
        'INSERT INTO "audit_citation"',
        'UPDATE "audit_head"',
        'INSERT INTO "audit_checkpoint"',
    ],
)
def test_a_sealer_killed_at_any_write_leaves_nothing_and_is_made_good(dying_at: str) -> None:
    first, *_ = write(sequencer.RUN)
    write(1, cites=[first.uid])
    assert ended(elsewhere("seal", dying_at)) == -signal.SIGKILL
    for model in (Leaf, Node, Citation, Checkpoint):
        assert model._default_manager.count() == 0
    checkpoint = sequencer.seal(NOW)
    assert checkpoint is not None
    assert checkpoint.size == sequencer.RUN + 1
    assert Head.objects.get().size == sequencer.RUN + 1
    assert verify().ok


def test_a_writer_killed_before_its_commit_leaves_no_entry() -> None:
    assert ended(elsewhere("write-and-die")) == -signal.SIGKILL
    assert Entry.objects.count() == 0


def test_sealers_and_writers_in_processes_of_their_own_agree_on_every_place() -> None:
    write(300)
    at_work = [elsewhere(act) for act in ("seal", "write", "seal", "write")]
    assert [ended(process) for process in at_work] == [0, 0, 0, 0]
    sequencer.seal(NOW + timedelta(hours=1))
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(400))
    verdict = verify()
    assert verdict.problems == ()
    assert (verdict.checked, verdict.unsealed) == (400, 0)


def go_on_writing(until: threading.Event, failures: list[BaseException]) -> None:
    """Write and seal, each entry resting on the one before, until it is told to stop."""
    try:
        [previous] = write(1)
        while not until.is_set():
            [previous] = write(1, cites=[previous.uid])
            write(30)
            sequencer.seal(NOW)
    except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
        failures.append(error)
    finally:
        connection.close()


def test_verifying_while_entries_are_written_and_sealed_raises_no_false_alarm() -> None:
    write(sequencer.RUN)
    sequencer.seal(NOW)
    done = threading.Event()
    failures: list[BaseException] = []
    writer = threading.Thread(target=go_on_writing, args=(done, failures))
    writer.start()
    try:
        verdicts = [verify() for _ in range(12)]
    finally:
        done.set()
        writer.join(timeout=60)
    assert failures == []
    assert [verdict.problems for verdict in verdicts] == [()] * 12
    sizes = [verdict.size for verdict in verdicts]
    assert sizes == sorted(sizes)
    assert verify().size > sequencer.RUN


def test_times_that_run_backwards_move_no_entry_from_its_place() -> None:
    [second] = write(1, at=NOW)
    [first] = write(1, at=NOW - timedelta(days=900))
    sequencer.seal(NOW)
    [third] = write(1, at=NOW + timedelta(days=900))
    sequencer.seal(NOW - timedelta(days=900))
    places = Leaf.objects.order_by("index").values_list("entry_id", flat=True)
    assert list(places) == [second.pk, first.pk, third.pk]
    assert verify().ok
