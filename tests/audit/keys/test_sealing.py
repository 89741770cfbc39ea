"""Does the sequencer seal only what endorsed writers signed, and stop at a database gone back?"""

import sqlite3
import subprocess
import uuid
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from audit import log, notes, sequencer, tasks
from audit.events import Event
from audit.keys import known, ring, signer_state
from audit.keys.folder import KeyTrouble
from audit.models import Checkpoint, Entry, Head, KeyStatement, Leaf
from audit.notes import Signer
from audit.verify import verify
from tests.audit.entries import NOW, as_the_owner_of_the_database, places, write
from tests.audit.test_processes import elsewhere, ended

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = "put back to an older state"
_STATE_WAS_WRITTEN = (
    "after state",
    'INSERT INTO "audit_checkpoint"',
    "before commit",
    "after commit",
)


def forge(entry: Entry, signature: str, **changed: str) -> Entry:
    """Insert a row that no writer wrote, with a number that is free."""
    uid = uuid.uuid4()
    body = entry.body.replace(str(entry.uid), str(uid))
    for old, new in changed.items():
        body = body.replace(old, new)
    writer = entry.body.partition('"writer":"')[2].partition('"')[0]
    body = body.replace(writer, f"{writer.partition('#')[0]}#{'0' * 16}")
    return Entry.objects.create(
        uid=uid, body=body, leaf_hash=log.leaf_hash(body), signature=signature
    )


def test_a_row_that_a_database_administrator_adds_is_never_sealed() -> None:
    [entry] = write(1)
    forged = forge(entry, entry.signature, gateway="nowhere")
    sequencer.seal(NOW)
    [named] = Entry.objects.filter(event=Event.LOG_QUARANTINED)
    assert named.reason == "Not sealed: it is not signed by its writer."
    assert not Leaf.objects.filter(entry=forged).exists()
    assert places(verify()) == [f"row {forged.pk}"]


def test_a_writer_that_the_log_key_never_endorsed_is_not_sealed() -> None:
    [entry] = write(1)
    stranger = Signer.make("writer/stranger/1")
    own = ring.writer(ring.folder())
    assert own is not None
    forged = forge(entry, "", **{own.name: stranger.name})
    said = str(known.trusted().origin)
    KeyStatement.objects.create(
        about=stranger.name,
        note=notes.sign(f"{said}/writer\n{stranger.key}\n", stranger),
        made_at=NOW,
    )
    sequencer.seal(NOW)
    assert not Leaf.objects.filter(entry=forged).exists()
    assert "was never endorsed by the log key" in verify().problems[0].what


def test_nobody_keeps_an_entry_from_its_seal_by_calling_it_quarantined() -> None:
    [entry] = write(1)
    named = {"proposal.reviewed": "log.quarantined", "proposal:0": f"entry:{entry.uid}"}
    forge(entry, "", **named)
    sequencer.seal(NOW)
    assert Leaf.objects.filter(entry=entry).exists()
    assert Entry.objects.filter(event=Event.LOG_QUARANTINED).count() == 2


def test_a_lost_signer_state_is_told_and_the_log_can_be_verified_all_the_same() -> None:
    write(1)
    sequencer.seal(NOW)
    ring.folder().remove(signer_state.NAME)
    verdict = verify()
    assert places(verdict) == ["signer state"]
    assert verdict.checked == 1


def test_the_endorsement_of_this_host_is_carried_in_the_database_once() -> None:
    for _ in range(3):
        write(1)
        sequencer.seal(NOW)
    [statement] = KeyStatement.objects.all()
    assert statement.note == ring.folder().read(ring.ENDORSED)


@pytest.mark.parametrize(
    "dying_at",
    [
        'INSERT INTO "audit_leaf"',
        'UPDATE "audit_head"',
        "before state",
        "after state",
        'INSERT INTO "audit_checkpoint"',
        "before commit",
        "after commit",
    ],
)
def test_a_seal_broken_off_is_made_good_with_the_same_rows_and_root(dying_at: str) -> None:
    write(4)
    sequencer.seal(NOW)
    write(3)
    assert ended(elsewhere("seal", dying_at)) < 0
    promised = signer_state.read(ring.folder())
    write(5)
    assert verify().problems == ()
    checkpoint = sequencer.seal(NOW + timedelta(seconds=1))
    assert checkpoint is not None
    assert checkpoint.size == 12
    assert promised.next is not None
    assert (promised.next.size == 7) == (dying_at in _STATE_WAS_WRITTEN)
    if promised.next.size == 7:
        assert Checkpoint.objects.get(size=7).root == promised.next.root
        order = Leaf.objects.filter(index__in=range(4, 7)).order_by("index")
        assert tuple(order.values_list("entry_id", flat=True)) == promised.rows
    assert verify().problems == ()


def test_a_seal_broken_off_whose_rows_are_gone_stops_the_log() -> None:
    write(3)
    assert ended(elsewhere("seal", 'INSERT INTO "audit_checkpoint"')) < 0
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE id = %s", [Entry.objects.latest("id").pk])
    with pytest.raises(sequencer.BrokenLog, match="1 entries are gone that were being sealed"):
        sequencer.seal(NOW)
    assert "signer state" in places(verify())
    assert Checkpoint.objects.count() == 0


def cut_to(size: int) -> None:
    """Put the whole log back to a size, as restoring a backup does."""
    with as_the_owner_of_the_database() as cursor:
        gone = list(Leaf.objects.filter(index__gte=size).values_list("entry_id", flat=True))
        cursor.execute('DELETE FROM audit_leaf WHERE "index" >= %s', [size])
        marks = ",".join(["%s"] * len(gone))
        cursor.execute(f"DELETE FROM audit_entry WHERE id IN ({marks})", gone)  # noqa: S608
        cursor.execute("DELETE FROM audit_checkpoint WHERE size > %s", [size])
        cursor.execute("DELETE FROM audit_head")


def test_a_log_put_back_with_all_its_tables_is_noticed_and_nothing_is_sealed_on_it() -> None:
    for _ in range(3):
        write(4)
        sequencer.seal(NOW)
    for size in (8, 4, 0):
        cut_to(size)
        assert places(verify())[0] == "signer state"
        write(1)
        with pytest.raises(sequencer.BrokenLog, match=REFUSED):
            sequencer.seal(NOW)
        assert (Checkpoint.objects.count(), Leaf.objects.count()) == (size // 4, size)


def test_it_is_noticed_while_nothing_waits_too() -> None:
    for _ in range(2):
        write(4)
        sequencer.seal(NOW)
    cut_to(4)
    Head.objects.all().delete()
    with pytest.raises(sequencer.BrokenLog, match=REFUSED):
        sequencer.seal(NOW)


def test_the_pages_say_that_nothing_is_sealed_and_why(client: Client) -> None:
    for _ in range(2):
        write(4)
        sequencer.seal(NOW)
    client.force_login(User.objects.create_superuser("root"))
    assert "Nothing is sealed" not in client.get("/audit/").content.decode()
    cut_to(4)
    for address in ("/audit/", "/audit/verify/"):
        assert REFUSED in client.get(address).content.decode()
    client.post("/audit/verify/")
    tasks.verify()
    shown = client.get("/audit/verify/").content.decode()
    assert "cut off, exchanged, or put back" in shown


@pytest.fixture
def yesterday(tmp_path: Path) -> Path:
    """Copy the database file, as a backup does."""
    copy = tmp_path / "yesterday.sqlite3"
    connection.ensure_connection()
    write(4)
    sequencer.seal(NOW)
    with closing(sqlite3.connect(copy)) as backup:
        connection.connection.backup(backup)
    return copy


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_database_file_restored_from_yesterday_is_noticed(yesterday: Path) -> None:
    write(4)
    sequencer.seal(NOW + timedelta(hours=1))
    connection.close()
    with (
        closing(sqlite3.connect(yesterday)) as backup,
        closing(sqlite3.connect(connection.settings_dict["NAME"])) as live,
    ):
        backup.backup(live)
    assert Entry.objects.count() == 4
    assert places(verify()) == ["signer state", "this host"]
    write(1)
    with pytest.raises(sequencer.BrokenLog, match=REFUSED):
        sequencer.seal(NOW + timedelta(hours=2))


def test_a_signer_state_older_than_the_database_catches_up() -> None:
    write(4)
    sequencer.seal(NOW)
    keys = ring.folder()
    old = keys.read(signer_state.NAME) or ""
    for _ in range(2):
        write(4)
        sequencer.seal(NOW)
    keys.replace(signer_state.NAME, old)
    assert verify().ok
    write(1)
    checkpoint = sequencer.seal(NOW)
    assert checkpoint is not None
    assert checkpoint.size == 13
    assert signer_state.read(keys).last.size == 13


def test_a_checkpoint_that_the_log_key_never_signed_stops_the_sealing() -> None:
    write(4)
    sequencer.seal(NOW)
    last = Checkpoint.objects.get()
    eve = Signer.make("selfimprove/eeeeeeee")
    stated = notes.checkpoint(origin=eve.name, size=4, root=bytes.fromhex(last.root))
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("UPDATE audit_checkpoint SET note = %s", [notes.sign(stated, eve)])
    assert verify().problems[0].what == "none of the known keys signed the note"
    write(1)
    with pytest.raises(sequencer.BrokenLog, match="none of the known keys"):
        sequencer.seal(NOW)


def test_a_host_without_the_log_key_does_not_seal_and_says_so() -> None:
    write(1)
    keys = ring.folder()
    for name in (ring.LOG, signer_state.NAME):
        keys.remove(name)
    if connection.vendor == "postgresql":
        assert "the host that does seals" in tasks.seal()
        assert "the host that does seals" in tasks.publish()
        assert sequencer.trouble() == ""
        assert verify().ok
    with pytest.raises(KeyTrouble, match=r"put the file back|log-keys adopt"):
        sequencer.seal(NOW)


@pytest.mark.parametrize("name", [ring.LOG, signer_state.NAME])
def test_a_lost_file_beside_a_log_that_was_signed_is_refused_and_not_made_anew(name: str) -> None:
    write(1)
    sequencer.seal(NOW)
    keys = ring.folder()
    keys.remove(name)
    write(1)
    with pytest.raises(KeyTrouble, match=f"{keys / name} is missing"):
        tasks.seal()
    assert f"{keys / name} is missing" in sequencer.trouble()
    assert not keys.holds(name)
    assert Checkpoint.objects.count() == 1


def test_a_heartbeat_is_an_entry_and_is_sealed() -> None:
    assert tasks.heartbeat() == "recorded"
    assert tasks.seal() == "sealed up to 1"
    assert Entry.objects.get().event == Event.LOG_HEARTBEAT


@pytest.mark.parametrize("hours", [-3, 3, 9_000])
def test_a_clock_that_was_wrong_is_remarked_and_is_no_tampering(hours: int) -> None:
    write(2)
    sequencer.seal(NOW)
    write(1, at=NOW + timedelta(hours=hours))
    write(1)
    sequencer.seal(NOW)
    verdict = verify()
    assert verdict.ok
    assert [remark.where for remark in verdict.remarks] == ["leaf 2"]


def test_a_sealing_clock_that_was_put_back_is_remarked() -> None:
    for hours in (0, -2, -1):
        write(1, at=NOW + timedelta(hours=hours))
        sequencer.seal(NOW + timedelta(hours=hours))
    verdict = verify()
    assert verdict.ok
    assert [remark.where for remark in verdict.remarks] == ["checkpoint 2"]


def test_entries_that_waited_long_for_a_worker_are_not_remarked() -> None:
    write(1)
    sequencer.seal(NOW)
    write(1, at=NOW + timedelta(hours=2))
    sequencer.seal(NOW + timedelta(days=3))
    assert verify().remarks == ()


def test_sealing_waits_for_who_seals_already_and_loses_nothing() -> None:
    write(50)
    at_work: list[subprocess.Popen[str]] = [elsewhere("seal") for _ in range(3)]
    assert [ended(process) for process in at_work] == [0, 0, 0]
    assert Leaf.objects.count() == 50
    assert verify().problems == ()
