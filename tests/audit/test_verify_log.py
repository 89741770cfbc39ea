"""Does the command tell people and programs the same, with an exit code to act on?"""

import json
import os
import subprocess
import sys
import uuid
from datetime import timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.utils import timezone

from audit import log, sequencer
from audit.events import Event
from audit.models import Checkpoint, Entry, Head
from audit.verifications.recording import verify_and_record
from tests.audit.entries import NOW, PERSON, as_the_owner_of_the_database, write

pytestmark = pytest.mark.django_db


def run(*options: str) -> tuple[int, str]:
    out = StringIO()
    code: object = 0
    try:
        call_command("verify-log", *options, stdout=out)
    except SystemExit as ended:
        code = ended.code
    assert isinstance(code, int)
    return code, out.getvalue()


def test_a_sound_log_exits_with_0_and_says_what_was_checked() -> None:
    write(3)
    sequencer.seal(NOW)
    code, text = run()
    assert code == 0
    assert "3 recomputed of 3 sealed" in text
    assert "The log is as it was recorded." in text


def test_an_empty_log_is_sound() -> None:
    assert run()[0] == 0


def test_a_spoilt_log_exits_with_1_and_names_the_place() -> None:
    write(3)
    sequencer.seal(NOW)
    Head.objects.update(size=2)
    code, text = run()
    assert code == 1
    assert "✗ head: it is unreadable" in text
    assert "The log was tampered with." in text
    code, text = run("--json")
    answer = json.loads(text)
    assert (code, answer["exit"], answer["ok"]) == (1, 1, False)
    assert answer["problems"][0]["where"] == "head"


def test_entries_that_wait_too_long_exit_with_2() -> None:
    write(1, at=timezone.now() - timedelta(minutes=2))
    code, text = run()
    assert code == 2
    assert "is the worker running?" in text


def test_entries_that_have_just_been_written_do_not() -> None:
    write(1, at=timezone.now())
    code, text = run("--json")
    assert (code, json.loads(text)["unsealed"]) == (0, 1)


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(days=400)])
def test_entries_of_a_clock_that_ran_ahead_do_not_wait_unnoticed(ahead: timedelta) -> None:
    write(1, at=timezone.now() + ahead)
    assert run()[0] == 2


def test_a_forged_row_that_waits_is_tampering_and_no_question_of_the_worker() -> None:
    [entry] = write(1)
    body = entry.body.replace('"wseq":', '"wseq":9')
    Entry.objects.create(uid=uuid.UUID(int=1), body=body, leaf_hash=log.leaf_hash(body))
    code, text = run()
    assert code == 1
    assert "its text names another entry" in text
    assert "is the worker running?" not in text


def test_a_missing_trigger_is_told_with_what_to_do_and_is_no_tampering() -> None:
    with as_the_owner_of_the_database():
        code, text = run()
        answer = json.loads(run("--json")[1])
    assert code == 0
    assert "! trigger audit_entry_no_update is not there; run `manage.py migrate`" in text
    assert "audit_citation_no_delete" in answer["missing_triggers"]


def test_the_json_answer_holds_everything_that_the_text_says() -> None:
    write(3)
    sequencer.seal(NOW)
    answer = json.loads(run("--json")[1])
    assert answer == {
        "ok": True,
        "exit": 0,
        "size": 3,
        "root": Checkpoint.objects.get().root,
        "checked": 3,
        "since": 0,
        "signatures": True,
        "checkpoints": 1,
        "unsealed": 0,
        "problems": [],
        "missing_triggers": [],
        "outside": [],
        "doubts": [],
        "remarks": [],
    }


def command(*options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as a person does, on a database that was never prepared."""
    return subprocess.run(
        [sys.executable, "manage.py", "verify-log", *options],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "SELFIMPROVE_DATA_DIR": str(settings.DATA_DIR), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_mistake_on_the_command_line_is_not_taken_for_an_answer() -> None:
    done = command("--jsn")
    assert done.returncode == 3
    assert "unrecognized arguments: --jsn" in done.stderr
    assert "verify-log --help" in done.stderr
    assert done.stdout == ""


def test_a_database_that_cannot_be_read_is_not_taken_for_tampering(tmp_path: Path) -> None:
    done = command(DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    assert done.returncode == 3
    assert "could not be verified" in done.stderr
    assert "no such table" in done.stderr
    assert "Traceback" not in done.stderr


def test_progress_reaches_the_end() -> None:
    write(3)
    sequencer.seal(NOW)
    seen: list[tuple[int, int]] = []
    verify_and_record(actor=PERSON, at=NOW, progress=lambda *step: seen.append(step))
    assert seen == [(3, 3)]


def test_a_recorded_verification_is_an_entry_with_its_result() -> None:
    write(2)
    sequencer.seal(NOW)
    Head.objects.update(frontier=["00" * 32])
    verdict = verify_and_record(actor=PERSON, at=NOW)
    assert not verdict.ok
    entry = Entry.objects.get(event=Event.LOG_VERIFIED)
    assert entry.actor == "ada"
    assert entry.facts["problem_count"] == 1
    assert entry.facts["problems"][0]["where"] == "head"


def progress_of(*steps: tuple[float, int], total: int, tty: bool = False) -> str:
    """Tell some progress at some moments, and return what was written."""
    told, out = import_module("audit.management.commands.verify-log"), StringIO()
    if tty:
        out.isatty = lambda: True  # type: ignore[method-assign]
    moments = iter([0.0, *(at for at, _ in steps)])
    progress = told.Told(OutputWrapper(out), clock=lambda: next(moments))
    for _, done in steps:
        progress(done, total)
    return out.getvalue()


def test_a_long_verification_tells_rows_share_rate_and_what_is_left() -> None:
    told = progress_of((10, 250_000), (11, 260_000), (20, 500_000), total=1_000_000)
    assert told.splitlines() == [
        "  250,000 of 1,000,000 entries, 25%, 25,000/s, 30 s left",
        "  500,000 of 1,000,000 entries, 50%, 25,000/s, 20 s left",
    ]


def test_a_terminal_gets_one_line_that_is_wiped_at_the_end() -> None:
    told = progress_of((1, 10), (1.5, 15), (4, 40), total=40, tty=True)
    assert "\n" not in told
    assert told.count("entries") == 2
    assert told.endswith("\r" + " " * 70 + "\r")


def test_a_short_verification_tells_nothing_on_the_way() -> None:
    assert progress_of((1, 3), total=3) == ""


def test_who_stops_it_hears_that_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    write(3)
    sequencer.seal(NOW)
    command = import_module("audit.management.commands.verify-log")

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "verify", stop)
    with pytest.raises(CommandError, match="stopped before the end") as ended:
        run()
    assert ended.value.returncode == 3


def test_what_was_left_out_is_said() -> None:
    write(3)
    sequencer.seal(NOW)
    code, text = run("--without-signatures")
    assert code == 0
    assert "not checked   the signatures of the writers" in text
    assert "What was looked at is as it was recorded." in text
    assert json.loads(run("--without-signatures", "--json")[1])["signatures"] is False
