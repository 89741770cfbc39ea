"""Is the last entry of a session missed on the host that wrote it, and never for no reason?"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from audit import sequencer
from audit.events import Event
from audit.keys import ring, session, tips
from audit.keys.folder import KeyTrouble
from audit.log import leaf_hash
from audit.models import Entry
from audit.verify import verify
from tests.audit.entries import NOW, as_the_owner_of_the_database, write
from tests.audit.test_processes import elsewhere, ended

pytestmark = pytest.mark.django_db(transaction=True)


def folder() -> Path:
    return ring.folder() / tips.FOLDER


def kept() -> dict[str, int]:
    return {tip.session: tip.wseq for tip in tips.kept(ring.folder())[0]}


def remove_last(writer: str) -> Entry:
    """Take the last entry of a session away, as the database's owner may."""
    last = Entry.objects.filter(writer=writer).order_by("-wseq")[0]
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_payload WHERE entry_id = %s", [last.pk])
        cursor.execute("DELETE FROM audit_entry WHERE id = %s", [last.pk])
    return last


def whats_wrong() -> list[str]:
    return [one.what for one in verify().problems]


def test_the_tip_is_the_last_entry_that_was_committed() -> None:
    assert kept() == {}
    *_, last = write(3)
    assert kept() == {last.writer: 3}
    with transaction.atomic():
        write(2)
        transaction.set_rollback(True)
    assert kept() == {last.writer: 3}
    [after] = write(1)
    assert kept() == {after.writer: 4}
    assert whats_wrong() == []


def test_a_last_entry_that_is_removed_is_named_by_the_sealer_once_and_by_every_look() -> None:
    writer = str(write(4)[0].writer)
    gone = remove_last(writer)
    assert any("entry 4 of " in one and "was removed" in one for one in whats_wrong())
    sequencer.seal(NOW)
    sequencer.seal(NOW)
    [told] = Entry.objects.filter(event=Event.LOG_ENTRY_GONE)
    assert told.facts == {"wseq": 4, "leaf_hash": gone.leaf_hash}
    assert told.subject == f"writer:{writer}"
    assert not verify().ok


def test_one_that_another_process_wrote_and_left_behind() -> None:
    assert ended(elsewhere("write")) == 0
    [(writer, number)] = kept().items()
    assert number == 50
    assert whats_wrong() == []
    remove_last(writer)
    assert any("entry 50 of " in one for one in whats_wrong())
    sequencer.seal(NOW)
    assert Entry.objects.filter(event=Event.LOG_ENTRY_GONE).count() == 1
    # It is kept: whoever looks on this host later sees it too.
    assert writer in kept()


def test_an_entry_put_in_the_place_of_the_last_one_is_no_substitute() -> None:
    [first, last] = write(2)
    with as_the_owner_of_the_database() as cursor:
        body = json.loads(last.body) | {"subject": "proposal:other"}
        forged = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        cursor.execute(
            "UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE id = %s",
            [forged, leaf_hash(forged), last.pk],
        )
    assert any("entry 2 of " in one and "was removed" in one for one in whats_wrong())
    assert first.writer == last.writer


@pytest.mark.parametrize("step", ["after commit", "before commit"])
def test_dying_around_the_commit_raises_no_alarm(step: str) -> None:
    process = elsewhere("write", step)
    assert ended(process) == -signal.SIGKILL
    stored = Entry.objects.count()
    assert stored == (1 if step == "after commit" else 0)
    assert list(kept().values()) == [0]  # behind the database by one, or by nothing
    assert whats_wrong() == []
    sequencer.seal(NOW)
    assert not Entry.objects.filter(event=Event.LOG_ENTRY_GONE).exists()
    assert verify().ok


def test_what_is_sealed_of_a_session_that_ended_is_let_go() -> None:
    assert ended(elsewhere("write")) == 0
    [mine] = write(1)
    assert len(kept()) == 2
    sequencer.seal(NOW)
    sequencer.seal(NOW)
    assert kept() == {mine.writer: 1}  # this one may still write
    session.forget()
    verify()
    assert kept() == {}


def test_a_missing_file_is_named_and_is_no_tampering() -> None:
    [entry] = write(1)
    for file in folder().iterdir():
        file.unlink()
    verdict = verify()
    assert verdict.ok
    assert any(f"the file of {entry.writer} is missing" in one.what for one in verdict.remarks)
    sequencer.seal(NOW)
    assert verify().remarks == ()


@pytest.mark.parametrize("text", ["", "\x00" * 200, "not a tip\n"])
def test_a_file_that_cannot_be_understood_is_named_and_kept(text: str) -> None:
    write(1)
    [file] = [path for path in folder().iterdir() if path.name[0] != "."]
    file.write_text(text)
    verdict = verify()
    assert verdict.ok
    assert any("cannot be read" in one.what for one in verdict.remarks)
    assert file.exists()


def test_nothing_is_recorded_where_no_tip_can_be_kept() -> None:
    session.forget()
    folder().parent.mkdir(exist_ok=True)
    folder().write_text("in the way")
    with pytest.raises(KeyTrouble, match="nothing can be recorded"):
        write(1)
    assert Entry.objects.count() == 0


def test_each_process_has_a_file_of_its_own_and_none_waits_for_another() -> None:
    processes = [elsewhere("write") for _ in range(3)]
    assert [ended(one) for one in processes] == [0, 0, 0]
    assert sorted(kept().values()) == [50, 50, 50]
    assert whats_wrong() == []


def test_a_forked_child_writes_a_file_of_its_own() -> None:
    code = (
        "import os, sys, django; from django.conf import settings;"
        "settings.DATABASES['default']['NAME'] = sys.argv[1]; django.setup();"
        "from tests.audit.entries import write; from django.db import connection;"
        "write(2); connection.close(); child = os.fork(); write(3);"
        "child and os._exit(os.waitpid(child, 0)[1])"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
        "SELFIMPROVE_DATA_DIR": str(settings.DATA_DIR),
    }
    name = str(connection.settings_dict["NAME"])
    done = subprocess.run([sys.executable, "-c", code, name], env=environment, check=False)
    assert done.returncode == 0
    assert sorted(kept().values()) == [2, 3, 3]
    assert whats_wrong() == []
