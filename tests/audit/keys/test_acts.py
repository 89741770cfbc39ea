"""Can a host be let in and shut out, and the log's key be exchanged, with a trace of each?"""

import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection

from audit import notes, sequencer
from audit.events import Event
from audit.keys import acts, beginning, known, ring, session, signer_state
from audit.keys.folder import KeyTrouble
from audit.models import Checkpoint, Entry, KeyStatement, Leaf
from audit.notes import Key, Signer
from audit.verify import verify
from tests.audit.entries import NOW, PERSON, as_the_owner_of_the_database, places, write
from tests.audit.keys.test_sealing import cut_to

pytestmark = pytest.mark.django_db(transaction=True)
BY: dict[str, Any] = {"actor": PERSON, "at": NOW}


def command(*words: str) -> str:
    out = StringIO()
    call_command("log-keys", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def go_to(tmp_path: Path, settings: LazySettings) -> Callable[[str], None]:
    """Work on another host: another data folder on the same database."""
    first = settings.DATA_DIR

    def go(host: str) -> None:
        settings.DATA_DIR = first if host == "first" else tmp_path / host
        session.forget()

    return go


def written_elsewhere(go_to: Callable[[str], None]) -> Entry:
    """Let a second host in, write there, and come back."""
    go_to("second")
    request = command("new-writer").split()[-1]
    go_to("first")
    command("endorse", request)
    go_to("second")
    [entry] = write(1, subject="proposal:second")
    go_to("first")
    return entry


def test_a_further_host_writes_once_it_was_let_in(go_to: Callable[[str], None]) -> None:
    write(1)
    go_to("second")
    request = command("new-writer").split()[-1]
    assert command("new-writer").split()[-1] == request
    with pytest.raises(KeyTrouble, match=f"log-keys endorse {request.split('+')[0]}"):
        write(1)
    go_to("first")
    command("endorse", request)
    go_to("second")
    [entry] = write(1, subject="proposal:second")
    assert entry.writer.startswith(Key.parse(request).name)
    go_to("first")
    sequencer.seal(NOW)
    assert Leaf.objects.filter(entry=entry).exists()
    assert verify().ok
    enrolled = Entry.objects.get(event=Event.WRITER_ENROLLED)
    assert enrolled.facts["key"] == request


def test_a_host_without_a_noted_log_key_verifies_by_the_one_given(
    go_to: Callable[[str], None],
) -> None:
    written_elsewhere(go_to)
    sequencer.seal(NOW)
    pinned = ring.pinned(ring.folder())
    go_to("second")
    with pytest.raises(KeyTrouble, match="--log-key"):
        verify()
    assert verify(pinned=pinned).ok
    strange = verify(pinned=[Signer.make(pinned[0].name).key])
    assert not strange.ok
    out = StringIO()
    call_command("verify-log", "--log-key", str(pinned[0]), stdout=out)
    assert "as it was recorded" in out.getvalue()


@pytest.mark.parametrize("key", ["", "x", "a+00000000+AAAA", "writer/x#1+00000000+AAAA"])
def test_what_is_no_key_is_not_let_in(key: str) -> None:
    with pytest.raises(CommandError):
        command("endorse", key)
    assert Entry.objects.count() == 0


def test_a_name_is_let_in_once_and_a_strange_one_never() -> None:
    writer = Signer.make("writer/b/1")
    acts.enrol(writer.key, **BY)
    with pytest.raises(KeyTrouble, match="endorsed already"):
        acts.enrol(Signer.make(writer.name).key, **BY)
    with pytest.raises(KeyTrouble, match="no name of a writer"):
        acts.enrol(Signer.make("writer/b#1").key, **BY)


def test_a_writer_shut_out_keeps_what_was_sealed_and_gets_nothing_more(
    go_to: Callable[[str], None],
) -> None:
    first = written_elsewhere(go_to)
    sequencer.seal(NOW)
    go_to("second")
    [second] = write(1, subject="proposal:late")
    go_to("first")
    name = str(first.writer).partition("#")[0]
    assert "counts up to 3 entries" in command("revoke-writer", name)
    sequencer.seal(NOW)
    assert Leaf.objects.filter(entry=first).exists()
    assert not Leaf.objects.filter(entry=second).exists()
    assert places(verify()) == [f"row {second.pk}"]
    go_to("second")
    with pytest.raises(KeyTrouble, match="was revoked"):
        write(1)
    go_to("first")
    with pytest.raises(CommandError, match="was revoked already"):
        command("revoke-writer", name)
    with pytest.raises(CommandError, match="no key named nobody"):
        command("revoke-writer", "nobody")


def test_an_entry_of_a_revoked_writer_sealed_all_the_same_is_noticed(
    go_to: Callable[[str], None],
) -> None:
    entry = written_elsewhere(go_to)
    acts.revoke(str(entry.writer).partition("#")[0], **BY)
    sequencer.seal(NOW)
    last = Checkpoint.objects.latest("size").size
    Leaf.objects.create(index=last, entry=entry, leaf_hash=entry.leaf_hash)
    told = [problem.what for problem in verify().problems if problem.where == f"leaf {last}"]
    assert any("was revoked" in what for what in told)


def test_a_host_that_shuts_out_itself_gets_a_new_key_at_once() -> None:
    [entry] = write(1)
    sequencer.seal(NOW)
    name = str(entry.writer).partition("#")[0]
    working = session.current()
    acts.revoke(name, **BY)
    assert not working.fits()  # nor does what other processes of this host have begun
    [after] = write(1)
    assert not str(after.writer).startswith(name)
    checkpoint = sequencer.seal(NOW)
    assert checkpoint is not None
    assert checkpoint.size == 3
    assert verify().ok


def both_ways(old: Key, new: Key) -> None:
    for noted in (old, new):
        assert verify(pinned=[noted]).problems == ()


def test_a_new_log_key_signs_beside_the_old_one_and_then_alone() -> None:
    write(2)
    sequencer.seal(NOW)
    [old] = ring.pinned(ring.folder())
    new = Key.parse(command("rotate").split()[-6])
    assert new.name == old.name
    assert ring.pinned(ring.folder()) == (new, old)
    with pytest.raises(CommandError, match="signed no checkpoint yet"):
        command("retire")
    checkpoint = sequencer.seal(NOW)
    assert checkpoint is not None
    assert notes.verify(checkpoint.note, [old, new])[1] == (new, old)
    both_ways(old, new)
    with pytest.raises(CommandError, match="has two keys already"):
        command("rotate")
    assert str(new) in command("retire")
    assert not ring.folder().holds(ring.OLD_LOG)
    assert ring.pinned(ring.folder()) == (new,)
    write(2)
    alone = sequencer.seal(NOW)
    assert alone is not None
    assert notes.verify(alone.note, [old, new])[1] == (new,)
    both_ways(old, new)
    assert verify().ok
    assert Entry.objects.filter(event=Event.LOG_KEY_ROTATED).count() == 1
    assert Entry.objects.filter(event=Event.LOG_KEY_RETIRED).count() == 1


def test_the_only_key_is_not_retired() -> None:
    with pytest.raises(CommandError, match="has one key"):
        command("retire")


def test_writers_and_revocations_outlive_several_rotations(go_to: Callable[[str], None]) -> None:
    entry = written_elsewhere(go_to)
    sequencer.seal(NOW)
    acts.revoke(str(entry.writer).partition("#")[0], **BY)
    [oldest] = ring.pinned(ring.folder())
    for _ in range(2):
        acts.rotate(**BY)
        sequencer.seal(NOW)
        newest = acts.retire(**BY)
    write(1)
    sequencer.seal(NOW)
    both_ways(oldest, newest)
    trust = known.trusted()
    assert len(trust.writers) == 2
    assert list(trust.revoked) == [str(entry.writer).partition("#")[0]]


def test_a_rotation_broken_off_before_its_commit_is_forgotten() -> None:
    write(1)
    sequencer.seal(NOW)
    keys = ring.folder()
    [old] = ring.pinned(keys)
    keys.create(ring.NEW_LOG, Signer.make(old.name).secret() + "\n")
    write(1)
    with pytest.raises(KeyTrouble, match="log-keys rotate"):
        sequencer.seal(NOW)
    new = acts.rotate(**BY)
    sequencer.seal(NOW)
    both_ways(old, new)


@pytest.mark.parametrize("step", range(6))
def test_a_rotation_broken_off_after_its_commit_is_finished(step: int, tmp_path: Path) -> None:
    write(1)
    sequencer.seal(NOW)
    keys = ring.folder()
    [old] = ring.pinned(keys)
    shutil.copytree(keys.path, tmp_path / "before")
    new = acts.rotate(**BY)
    secret = keys.read(ring.LOG) or ""
    # Undo what the rotation does to the files, from its last step backwards.
    undone = [ring.NEW_LOG, ring.PINNED, ring.ENDORSED, ring.LOG, ring.OLD_LOG][:step]
    for name in undone:
        before = tmp_path / "before" / name
        keys.replace(name, before.read_text()) if before.exists() else keys.remove(name)
    keys.replace(ring.NEW_LOG, secret)
    assert acts.rotate(**BY) == new
    assert [one.key for one in ring.log_signers(keys)] == [new, old]
    assert ring.pinned(keys) == (new, old)
    session.forget()
    write(1)
    sequencer.seal(NOW)
    both_ways(old, new)
    assert Entry.objects.filter(event=Event.LOG_KEY_ROTATED).count() == 1


def test_a_lost_signer_state_is_adopted_by_a_person_only() -> None:
    write(3)
    sequencer.seal(NOW)
    with pytest.raises(CommandError, match="there and readable"):
        command("adopt")
    keys = ring.folder()
    keys.replace(signer_state.NAME, "lost")
    write(1)
    with pytest.raises(KeyTrouble, match="cannot be read"):
        sequencer.seal(NOW)
    assert "from 3 entries" in command("adopt")
    sequencer.seal(NOW)
    assert verify().ok
    assert Entry.objects.filter(event=Event.LOG_STATE_ADOPTED).count() == 1


def test_a_state_is_not_adopted_from_a_checkpoint_of_another_key() -> None:
    write(1)
    sequencer.seal(NOW)
    keys = ring.folder()
    keys.remove(signer_state.NAME)
    keys.replace(ring.LOG, Signer.make("selfimprove/eeeeeeee").secret() + "\n")
    with pytest.raises(CommandError, match="cannot be adopted"):
        command("adopt")
    assert not keys.holds(signer_state.NAME)


def test_keys_are_shown_and_no_secret_is() -> None:
    write(1)
    sequencer.seal(NOW)
    acts.enrol(Signer.make("writer/b/1").key, **BY)
    acts.revoke("writer/b/1", **BY)
    for shown in (command("show"), command("show", "--json")):
        assert str(ring.pinned(ring.folder())[0]) in shown
        assert "writer/b/1" in shown
        assert "PRIVATE" not in shown
        assert "signed" in shown


def test_nobody_adds_a_statement_by_changing_a_row() -> None:
    write(1)
    sequencer.seal(NOW)
    for statement in ("UPDATE audit_keystatement SET note = ''", "DELETE FROM audit_keystatement"):
        with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
            cursor.execute(statement)
    assert KeyStatement.objects.count() == 1


@pytest.fixture
def put_back() -> int:
    """Lose what was sealed last, for good; return the size that is left."""
    for _ in range(2):
        write(4)
        sequencer.seal(NOW)
    cut_to(4)
    session.forget()  # a restore needs the processes to start again
    return 4


def test_a_log_whose_newest_entries_are_lost_goes_on_under_a_new_name(put_back: int) -> None:
    keys = ring.folder()
    [old] = ring.pinned(keys)
    lost = signer_state.read(keys).last
    assert "its new key" in command("succeed", "--reason", "the disk died")
    [new] = ring.pinned(keys)
    assert new.name != old.name
    write(5)
    checkpoint = sequencer.seal(NOW)
    assert checkpoint is not None
    assert checkpoint.size == put_back + 7
    assert checkpoint.note.startswith(f"{new.name}\n11\n")
    assert notes.verify(checkpoint.note, [old, new])[1] == (new,)
    both_ways(old, new)
    entry = Entry.objects.get(event=Event.LOG_SUCCEEDED)
    assert (entry.facts["lost_size"], entry.facts["lost_root"]) == (lost.size, lost.root)
    assert (entry.facts["size"], entry.reason) == (put_back, "the disk died")
    assert known.trusted().origin == new.name
    beginning.check()
    acts.rotate(**BY)
    sequencer.seal(NOW)
    both_ways(old, acts.retire(**BY))


def test_the_old_key_signs_nothing_after_its_successor(put_back: int) -> None:
    [old] = ring.log_signers(ring.folder())
    new = acts.succeed(**BY, reason="")
    trust = known.trusted([new])
    stated = notes.sign(notes.checkpoint(origin=old.name, size=9, root=bytes(32)), old)
    assert trust.checkpoint_flaw(stated, 9, bytes(32)) is not None
    assert trust.checkpoint_flaw(Checkpoint.objects.get(size=4).note, 4, _root(4)) is None


def _root(size: int) -> bytes:
    return bytes.fromhex(Checkpoint.objects.get(size=size).root)


def test_a_log_that_lacks_nothing_gets_no_successor() -> None:
    write(4)
    sequencer.seal(NOW)
    with pytest.raises(CommandError, match="needs no successor"):
        command("succeed", "--reason", "why not")
    assert Entry.objects.count() == 4


def test_a_machine_that_does_not_know_what_was_signed_last_goes_on_under_a_new_name(
    put_back: int,
) -> None:
    keys = ring.folder()
    [old] = ring.pinned(keys)
    keys.remove(signer_state.NAME)
    assert "its new key" in command("succeed", "--reason", "restored elsewhere")
    [new] = ring.pinned(keys)
    entry = Entry.objects.get(event=Event.LOG_SUCCEEDED)
    assert (entry.facts["lost"], entry.facts["size"]) == ("unknown", put_back)
    checkpoint = sequencer.seal(NOW)
    assert checkpoint is not None
    assert checkpoint.note.startswith(f"{new.name}\n")
    both_ways(old, new)


def test_a_state_that_cannot_be_read_is_not_taken_for_one_that_is_lost(put_back: int) -> None:
    ring.folder().replace(signer_state.NAME, "{")
    with pytest.raises(CommandError, match="signer-state"):
        command("succeed", "--reason", "why not")


def test_a_log_that_was_changed_too_gets_no_successor(put_back: int) -> None:
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("UPDATE audit_entry SET signature = ''")
    with pytest.raises(CommandError, match="more is wrong with the log"):
        command("succeed", "--reason", "why not")


@pytest.mark.parametrize("step", range(5))
def test_a_succession_broken_off_after_its_commit_is_finished(
    step: int, put_back: int, tmp_path: Path
) -> None:
    keys = ring.folder()
    [old] = ring.pinned(keys)
    shutil.copytree(keys.path, tmp_path / "before")
    new = acts.succeed(**BY, reason="")
    secret = keys.read(ring.LOG) or ""
    for name in [ring.PINNED, ring.ENDORSED, ring.LOG, signer_state.NAME][:step]:
        keys.replace(name, (tmp_path / "before" / name).read_text())
    keys.replace(ring.NEW_LOG, secret)
    with pytest.raises(KeyTrouble, match="broken off"):
        sequencer.seal(NOW)
    assert acts.succeed(**BY, reason="") == new
    assert not keys.holds(ring.NEW_LOG)
    write(1)
    sequencer.seal(NOW)
    both_ways(old, new)
    assert Entry.objects.filter(event=Event.LOG_SUCCEEDED).count() == 1
