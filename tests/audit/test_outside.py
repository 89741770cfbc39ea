"""Is a log that was cut off, restored or forked noticed, although its database agrees with itself?

Each test does what the owner of the database and of the sealing host can do; what was published
lies elsewhere.
"""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from audit import sequencer
from audit.anchors import publishing
from audit.anchors.file import CheckpointFile
from audit.anchors.stated import parse
from audit.checks.walk import Problem
from audit.events import Event
from audit.keys import acts, ring, session, signer_state, tips
from audit.keys.signer_state import SignerState, Tree
from audit.models import Anchor, Checkpoint, Entry, Head, Leaf, Node, OutletState
from audit.verifications.recording import verify_and_record
from audit.verify import verify
from targets.log_branch import LogBranch
from targets.models import Target
from tests.audit.entries import NOW, PERSON, as_the_owner_of_the_database, write
from tests.audit.keys.test_sealing import cut_to
from tests.factories import commit_to_origin, git, make_target
from tests.selfimprove.publishing_for_tests import only

# Foreign keys can only be switched off outside a transaction, as an owner would do it.
pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(hours=2)
TABLES = (
    *("audit_entry", "audit_leaf", "audit_checkpoint", "audit_node", "audit_head"),
    *("audit_anchor", "audit_citation", "audit_payload", "audit_keystatement"),
)
UNSEALED = (
    "DELETE FROM audit_payload WHERE entry_id NOT IN (SELECT entry_id FROM audit_leaf)",
    "DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_leaf)",
)
Copy = dict[str, tuple[list[str], list[Any]]]


@pytest.fixture
def target(tmp_path: Path, transactional_db: None) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> CheckpointFile:
    return CheckpointFile(tmp_path / "elsewhere" / "checkpoint")


@pytest.fixture(autouse=True)
def places(target: Target, file: CheckpointFile) -> Iterator[None]:
    with only(file, LogBranch(target)):
        yield


def publish(entries: int, **given: Any) -> list[publishing.Outcome]:
    write(entries, **given)
    return publishing.publish(NOW, force=True)


def backup() -> Copy:
    """Copy every table of the log, as somebody does who keeps a backup of the database."""
    copy: Copy = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            names = columns(table)
            cursor.execute(f"SELECT {', '.join(names)} FROM {table}")  # noqa: S608
            copy[table] = (names, cursor.fetchall())
    return copy


def columns(table: str) -> list[str]:
    generated = {"event", "actor_type", "actor", "subject", "target", "at_text"}
    generated |= {"writer", "wseq"}
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    names = [column.name for column in found]
    drawn = generated if table == "audit_entry" else set()
    return [connection.ops.quote_name(name) for name in names if name not in drawn]


def restore(copy: Copy) -> None:
    """Put a backup in the place of everything that is there."""
    with as_the_owner_of_the_database() as cursor:
        for table, (names, rows) in copy.items():
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
            marks = ", ".join(["%s"] * len(names))
            for row in rows:
                sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
                cursor.execute(sql, row)
    signer_state_follows()


def empty() -> None:
    """Take everything away, so that another log can be begun."""
    with as_the_owner_of_the_database() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
    signer_state_follows()


def signer_state_follows() -> None:
    """Have the host believe that it signed what the database holds, as its owner could."""
    last = Checkpoint.objects.order_by("-size").first()
    tree = Tree(last.size, last.root) if last else signer_state.EMPTY
    keys = ring.folder()
    with keys.alone():
        keys.replace(signer_state.NAME, str(SignerState(tree)))
    session.forget()  # its last entry may be gone
    shutil.rmtree(keys / tips.FOLDER, ignore_errors=True)


def cut_off(size: int) -> None:
    """Take away everything behind a size, so that the rest agrees with itself."""
    with as_the_owner_of_the_database() as cursor:
        cursor.execute('DELETE FROM audit_leaf WHERE "index" >= %s', [size])
        cursor.execute("DELETE FROM audit_checkpoint WHERE size > %s", [size])
        cursor.execute("DELETE FROM audit_anchor WHERE size > %s", [size])
        cursor.execute("DELETE FROM audit_head")
        for sql in UNSEALED:
            cursor.execute(sql)
    signer_state_follows()


def problems() -> dict[str, str]:
    return {problem.where: problem.what for problem in verify().problems}


def where(target: Target, file: CheckpointFile) -> set[str]:
    return {LogBranch(target).title, file.title}


def test_a_sound_log_agrees_with_everything_that_was_published(
    target: Target, file: CheckpointFile
) -> None:
    publish(3)
    publish(300)
    verdict = verify()
    assert (verdict.ok, verdict.doubts) == (True, ())
    assert {(place.title, place.size) for place in verdict.outside} == {
        (title, 303) for title in where(target, file)
    }


def test_the_database_alone_cannot_tell_that_its_end_was_cut_off() -> None:
    publish(3)
    publish(4)
    cut_off(3)
    with only():
        assert verify().ok


def test_an_end_cut_off_with_its_checkpoints_and_anchors_is_noticed(
    target: Target, file: CheckpointFile
) -> None:
    publish(3)
    publish(4)
    cut_off(3)
    found = problems()
    assert set(found) == where(target, file)
    for what in found.values():
        assert "it states 7 leaves since 20" in what
        assert "but the log has only 3" in what


def test_an_older_backup_that_was_restored_is_noticed(
    target: Target, file: CheckpointFile
) -> None:
    publish(3)
    copy = backup()
    publish(4)
    restore(copy)
    with only():
        assert verify().ok
    assert set(problems()) == where(target, file)
    assert all("an older copy" in what for what in problems().values())


def test_a_backup_that_was_restored_and_went_on_is_noticed_as_a_fork(
    target: Target, file: CheckpointFile
) -> None:
    publish(3)
    copy = backup()
    publish(4)
    restore(copy)
    write(20, subject="proposal:another")
    sequencer.seal(LATER)
    with only():
        assert verify().ok
    found = problems()
    assert set(found) == where(target, file)
    assert all("it states another root for 7 leaves since" in what for what in found.values())


def test_a_log_that_was_rewritten_with_every_hash_is_noticed(
    target: Target, file: CheckpointFile
) -> None:
    publish(3)
    publish(4)
    empty()
    write(7, subject="proposal:nothing-happened")
    sequencer.seal(LATER)
    with only():
        assert verify().ok
    found = problems()
    assert set(found) == where(target, file)
    assert all("another root for 3 leaves" in what for what in found.values())


def test_a_log_that_was_emptied_is_noticed(target: Target, file: CheckpointFile) -> None:
    publish(3)
    empty()
    assert set(problems()) == where(target, file)
    assert all("the log has only 0" in what for what in problems().values())


@pytest.mark.parametrize("tamper", ["cut off", "restored"])
def test_publishing_touches_nothing_that_knows_better_and_says_so_once(
    target: Target, file: CheckpointFile, tamper: str
) -> None:
    publish(3)
    copy = backup()
    publish(4)
    held, tip = file.path.read_text(), git(Path(target.origin), "rev-parse", "selfimprove/log")
    if tamper == "cut off":
        cut_off(3)
    else:
        restore(copy)
    for _ in range(3):
        found = publishing.publish(LATER, force=True)
        assert {one.state for one in found} == {OutletState.CONFLICT}
    assert file.path.read_text() == held
    assert git(Path(target.origin), "rev-parse", "selfimprove/log") == tip
    assert Entry.objects.filter(event=Event.LOG_ANCHOR_CONFLICT).count() == 2


def test_our_own_memory_of_a_publication_speaks_too(target: Target) -> None:
    with only(LogBranch(target)):
        publish(3)
        publish(4)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute('DELETE FROM audit_leaf WHERE "index" >= 3')
        cursor.execute("DELETE FROM audit_checkpoint WHERE size > 3")
        cursor.execute("DELETE FROM audit_head")
        for sql in UNSEALED:
            cursor.execute(sql)
    signer_state_follows()
    with only():
        assert problems().keys() == {"git gateway"}


def test_an_anchor_that_was_forged_is_noticed() -> None:
    publish(3)
    note = Checkpoint.objects.get().note
    Anchor.objects.create(
        size=2, root="00" * 32, kind="file", place="/x", reference="", note=note, at=NOW
    )
    Anchor.objects.create(
        size=2, root="00" * 32, kind="file", place="/y", reference="", note="hello", at=NOW
    )
    doubts = verify().doubts
    assert any("its text states something else than its columns" in doubt for doubt in doubts)
    assert any("something that is no checkpoint" in doubt for doubt in doubts)


def test_a_place_that_lost_what_was_published_is_a_doubt_and_no_tampering(
    target: Target, file: CheckpointFile
) -> None:
    publish(3)
    file.path.unlink()
    file.history.unlink()
    git(Path(target.origin), "update-ref", "-d", "refs/heads/selfimprove/log")
    verdict = verify()
    assert verdict.ok
    [doubt] = [doubt for doubt in verdict.doubts if doubt.startswith("file ")]
    assert "nothing is there, although 3 were published there since 2026-11-21" in doubt
    assert any("it is gone from the origin" in doubt for doubt in verdict.doubts)


def test_what_was_compared_stands_on_the_log(target: Target, file: CheckpointFile) -> None:
    publish(3)
    publish(4)
    cut_off(3)
    verify_and_record(actor=PERSON, at=LATER)
    facts = Entry.objects.get(event=Event.LOG_VERIFIED).facts
    assert {place["title"] for place in facts["outside"]} == where(target, file)
    assert {place["size"] for place in facts["outside"]} == {7}
    assert facts["problem_count"] == 2


def test_entries_that_are_sealed_while_places_are_read_are_no_problem(target: Target) -> None:
    class Busy(LogBranch):
        def held(self) -> Any:
            found = super().held()
            publish(2)
            return found

    with only(Busy(target)):
        publish(3)
        verdict = verify()
    assert verdict.problems == ()


def test_one_place_gets_at_most_two_lines(file: CheckpointFile) -> None:
    for _ in range(5):
        publish(2)
    empty()
    write(5)
    sequencer.seal(LATER)
    with only(file):
        found = verify().problems
    assert [type(problem) for problem in found] == [Problem, Problem]
    assert Leaf.objects.count() == 5
    assert Head.objects.count() == 1
    assert not Node.objects.exists()


def test_a_forged_commit_that_states_more_is_foreign_and_no_tampering(target: Target) -> None:
    with only(LogBranch(target)):
        publish(3)
        note = Checkpoint.objects.get().note.replace("\n3\n", "\n999\n")
        line = parse(note).line
        commit_to_origin(
            target,
            {"checkpoint": note},
            branch="selfimprove/log",
            message=f"Checkpoint 999\n\nAudit-Checkpoint: {line}",
        )
        verdict = verify()
        assert verdict.problems == ()
        assert any("what it states of 999 leaves was not signed" in d for d in verdict.doubts)
        [done] = publishing.publish(LATER, force=True)
    assert done.state == OutletState.CONFLICT


def test_an_anchor_that_nobody_signed_is_no_tampering() -> None:
    publish(3)
    note = Checkpoint.objects.get().note.replace("\n3\n", "\n999\n")
    root = Checkpoint.objects.get().root
    Anchor.objects.create(
        size=999, root=root, kind="file", place="/x", reference="", note=note, at=NOW
    )
    verdict = verify()
    assert verdict.problems == ()
    assert any("was not signed by this log" in doubt for doubt in verdict.doubts)


def test_a_log_that_goes_on_under_a_new_name_goes_on_being_published(
    target: Target, file: CheckpointFile
) -> None:
    publish(4)
    publish(4)
    cut_to(4)
    session.forget()
    acts.succeed(actor=PERSON, at=LATER, reason="the disk died")
    for entries in (1, 6):
        done = publish(entries)
        assert [one.state for one in done] == [OutletState.FINE] * 2
        assert [one.put_back for one in done] == ["", ""]
        verdict = verify()
        assert (verdict.problems, verdict.doubts) == ((), ())
    newest = Checkpoint.objects.latest("size")
    assert {row.root for row in Anchor.objects.filter(size=newest.size)} == {newest.root}
    assert file.path.read_text() == newest.note
