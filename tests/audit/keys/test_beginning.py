"""Does an empty log get its key once, and is a key that is missing later never made anew?"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from audit import sequencer
from audit.events import Event
from audit.keys import beginning, ring, session, signer_state
from audit.keys.folder import KeyTrouble
from audit.models import Checkpoint, Entry, KeyStatement
from audit.notes import Signer
from audit.verify import verify
from selfimprove import setup
from tests.audit.entries import NOW, write

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[3]


@pytest.fixture
def fresh(tmp_path: Path, settings: LazySettings) -> Path:
    """Stand on a data folder where nothing ever was."""
    settings.DATA_DIR = tmp_path / "fresh"
    return tmp_path / "fresh"


def test_an_empty_log_gets_keys_and_a_first_entry_once(fresh: Path) -> None:
    assert beginning.begin(NOW)
    assert not beginning.begin(NOW)
    [entry] = Entry.objects.all()
    [log_key] = ring.pinned(ring.folder())
    assert (entry.event, entry.facts["log_key"]) == (Event.LOG_BEGUN, str(log_key))
    assert KeyStatement.objects.count() == 1
    beginning.check()
    sequencer.seal(NOW)
    assert verify().ok
    found = list((fresh / "keys").rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in found if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in found if path.is_dir()} == {0o700}


def test_no_private_key_is_in_the_database(fresh: Path) -> None:
    beginning.begin(NOW)
    sequencer.seal(NOW)
    kept = [(fresh / "keys" / name).read_text().strip() for name in (ring.LOG, ring.WRITER)]
    secrets = [one.split("+", 4)[4] for one in kept]  # PRIVATE+KEY+name+id+key, base64 with its +
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            rows = str(cursor.fetchall())
            assert "PRIVATE" not in rows
            assert not [one for one in secrets if one in rows]


def test_a_beginning_that_was_broken_off_goes_on_with_the_same_keys(fresh: Path) -> None:
    with ring.folder().alone():
        ring.make_log_keys(ring.folder())
    before = (fresh / "keys" / ring.LOG).read_text()
    assert beginning.begin(NOW)
    assert (fresh / "keys" / ring.LOG).read_text() == before


def test_a_log_that_is_not_empty_gets_no_key(settings: LazySettings, tmp_path: Path) -> None:
    write(1)
    settings.DATA_DIR = tmp_path / "elsewhere"
    assert not beginning.begin(NOW)
    assert not (tmp_path / "elsewhere" / "keys").exists()
    with pytest.raises(KeyTrouble, match=r"writer\.key is missing.*log-keys new-writer"):
        beginning.check()
    with pytest.raises(setup.CannotStart, match=r"writer\.key is missing"):
        setup.prepare_database()


def test_an_empty_database_beside_a_key_that_has_signed_is_refused() -> None:
    tree = signer_state.Tree(7, "aa" * 32)
    keys = ring.folder()
    keys.replace(signer_state.NAME, str(signer_state.SignerState(signer_state.EMPTY, tree, (1,))))
    with pytest.raises(KeyTrouble, match=r"key has signed 7 entries.*Restore the database"):
        beginning.begin(NOW)
    assert Entry.objects.count() == 0


def test_a_further_host_does_not_begin_the_log(fresh: Path) -> None:
    with ring.folder().alone():
        ring.make_writer(ring.folder())
    with pytest.raises(KeyTrouble, match="start the host that is to seal first"):
        beginning.begin(NOW)
    assert not (fresh / "keys" / ring.LOG).exists()


@pytest.mark.parametrize("name", [ring.LOG, ring.WRITER, ring.ENDORSED, ring.PINNED])
@pytest.mark.parametrize("spoilt", ["", "PRIVATE+KEY+a+00000000+AAAA\n", "x" * 9])
def test_a_file_that_holds_no_key_is_refused_by_name(name: str, spoilt: str) -> None:
    write(1)
    sequencer.seal(NOW)
    ring.folder().replace(name, spoilt)
    session.forget()
    if name == ring.PINNED:
        with pytest.raises(KeyTrouble, match=r"log\.pub is not readable|no log key is noted"):
            verify()
        return
    with pytest.raises(KeyTrouble, match=name):
        beginning.check()


@pytest.mark.parametrize("name", [ring.LOG, ring.WRITER, ring.ENDORSED, signer_state.NAME])
def test_a_file_that_others_may_read_is_refused_with_what_to_do(name: str) -> None:
    write(1)
    (ring.folder() / name).chmod(0o640)
    session.forget()
    with pytest.raises(KeyTrouble, match=f"chmod 600 {ring.folder() / name}"):
        beginning.check()
    with pytest.raises(setup.CannotStart, match="chmod 600"):
        setup.prepare_database()


def test_the_key_of_another_log_is_refused() -> None:
    write(1)
    sequencer.seal(NOW)
    other = Signer.make("selfimprove/eeeeeeee")
    ring.folder().replace(ring.LOG, other.secret() + "\n")
    with pytest.raises(KeyTrouble, match="is the key of selfimprove/eeeeeeee, but the log"):
        beginning.check()
    write(1)
    with pytest.raises(sequencer.BrokenLog, match="none of the known keys"):
        sequencer.seal(NOW)
    assert Checkpoint.objects.count() == 1


def manage(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "SELFIMPROVE_DATA_DIR": str(folder)}
    environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.slow
def test_the_first_migration_begins_the_log_and_a_deleted_database_is_missed(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "whole"
    assert manage(folder, "migrate", "-v0").returncode == 0
    shown = json.loads(manage(folder, "log-keys", "show", "--json").stdout)
    assert shown["origin"].startswith("selfimprove/")
    assert (len(shown["log_keys"]), len(shown["writers"])) == (1, 1)
    assert manage(folder, "migrate", "-v0").returncode == 0
    assert json.loads(manage(folder, "log-keys", "show", "--json").stdout) == shown
    seal = "from audit import tasks; print(tasks.seal())"
    assert "sealed up to 1" in manage(folder, "shell", "-v0", "-c", seal).stdout
    assert manage(folder, "verify-log").returncode == 0
    for path in folder.glob("db.sqlite3*"):
        path.unlink()
    again = manage(folder, "migrate", "-v0")
    assert again.returncode == 1
    assert "this host's key has signed 1 entries" in again.stderr
    assert "Traceback" not in again.stderr
