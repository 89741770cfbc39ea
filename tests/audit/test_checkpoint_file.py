"""Is the file always whole, the history complete, and what others put there left alone?"""

import json
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from audit.anchors import publishing
from audit.anchors.file import CheckpointFile
from audit.anchors.stated import parse
from audit.events import Event
from audit.models import Anchor, Checkpoint, Entry, OutletState
from tests.audit.entries import NOW, write
from tests.selfimprove.publishing_for_tests import only

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[CheckpointFile]:
    made = CheckpointFile(tmp_path / "new" / "folder" / "checkpoint")
    with only(made):
        yield made


def publish(entries: int = 1) -> publishing.Outcome:
    write(entries)
    [done] = publishing.publish(NOW, force=True)
    return done


def sizes(file: CheckpointFile) -> list[int]:
    lines = file.history.read_text().splitlines()
    return [parse(json.loads(line)["note"]).size for line in lines]


def test_the_newest_is_in_the_file_and_each_in_the_history(file: CheckpointFile) -> None:
    publish(3)
    publish(4)
    newest = Checkpoint.objects.get(size=7)
    assert file.path.read_text() == newest.note
    assert sizes(file) == [3, 7]
    assert {(claim.size, claim.root) for claim in file.held().claims} == set(
        Checkpoint.objects.values_list("size", "root")
    )
    assert Anchor.objects.get(size=7).place == str(file.path)


def test_everybody_may_read_them_and_nothing_else_is_left(file: CheckpointFile) -> None:
    publish()
    assert [oct(p.stat().st_mode & 0o777) for p in (file.path, file.history)] == ["0o644"] * 2
    assert {path.name for path in file.path.parent.iterdir()} == {
        "checkpoint",
        "checkpoint.history",
        ".checkpoint.lock",
    }


def test_a_repeat_adds_nothing(file: CheckpointFile) -> None:
    publish()
    before = file.path.stat().st_mtime_ns
    publishing.publish(LATER, force=True)
    assert (sizes(file), file.path.stat().st_mtime_ns) == ([1], before)


@pytest.mark.parametrize("text", ["", "hello\n", "a\nb\nc\n", "\0" * 90, "x" * 200_000])
def test_what_is_no_checkpoint_is_named_and_left_alone(file: CheckpointFile, text: str) -> None:
    file.path.parent.mkdir(parents=True)
    file.path.write_text(text)
    for _ in range(2):
        done = publish()
        assert done.state == OutletState.CONFLICT
        assert "it holds something that is no checkpoint" in done.words
    assert file.path.read_text() == text
    assert not file.history.exists()
    assert Entry.objects.filter(event=Event.LOG_ANCHOR_CONFLICT).count() == 1


def test_bytes_that_are_no_text_are_named_and_left_alone(file: CheckpointFile) -> None:
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(b"\xff\xfe\x00")
    assert "no text" in publish().words
    assert file.held().foreign


def test_a_file_that_was_removed_or_set_back_is_written_anew_and_told(
    file: CheckpointFile,
) -> None:
    publish(3)
    old = file.path.read_text()
    publish(4)
    file.path.write_text(old)
    assert "the file stated 3 leaves, although 7 had been written" in publish().put_back
    file.path.unlink()
    done = publish()
    assert "the file was gone" in done.put_back
    assert done.ok
    assert parse(file.path.read_text()).size == Checkpoint.objects.latest("size").size
    assert Entry.objects.filter(event=Event.LOG_ANCHOR_CONFLICT).count() == 2


def test_a_line_that_a_crash_left_half_written_is_replaced(file: CheckpointFile) -> None:
    publish()
    with file.history.open("a") as stream:
        stream.write('{"at": "2026-')
    assert (file.held().foreign, file.held().doubts) == ((), ())
    publish()
    assert sizes(file) == [1, 2]


def test_a_history_that_is_one_torn_line_is_begun_anew(file: CheckpointFile) -> None:
    file.path.parent.mkdir(parents=True)
    file.history.write_text('{"at": "2026-')
    publish()
    assert sizes(file) == [1]


@pytest.mark.parametrize(
    "line", ["hello", "{}", "[]", '{"at": 7, "note": "x"}', "\xff", "[" * 9000]
)
def test_a_line_that_was_not_written_here_is_a_doubt_with_its_number(
    file: CheckpointFile, line: str
) -> None:
    publish()
    with file.history.open("a", encoding="latin-1") as stream:
        stream.write(f"{line}\n")
    [words] = file.held().foreign
    assert words.startswith("checkpoint.history, line 2: ")
    assert publish().ok


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_failure(file: CheckpointFile) -> None:
    file.path.parent.mkdir(parents=True)
    file.path.parent.chmod(0o500)
    assert publish().state == OutletState.FAILED


def test_a_folder_in_its_place_is_a_failure_that_is_told_once(file: CheckpointFile) -> None:
    file.path.mkdir(parents=True)
    for _ in range(2):
        done = publish()
        assert done.state == OutletState.FAILED
        assert "the file cannot be used: Is a directory" in done.words
    assert Entry.objects.filter(event=Event.LOG_PUBLISH_FAILED).count() == 1
    assert "Is a directory" in file.held().doubts[0]
    file.path.rmdir()
    assert publish().ok


def test_a_parent_that_is_a_file_is_a_failure(file: CheckpointFile) -> None:
    file.path.parent.parent.mkdir(parents=True)
    file.path.parent.write_text("in the way")
    assert publish().state == OutletState.FAILED


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_whole_file(file: CheckpointFile) -> None:
    write(3)

    def run() -> None:
        try:
            publishing.publish(NOW, force=True)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.path.read_text() == Checkpoint.objects.get().note
    assert sizes(file) == [3]
    assert Anchor.objects.count() == 1
