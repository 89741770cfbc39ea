"""Is the report of each generation that ended there, whole, and never lost for good?"""

import errno
import json
import os
import threading
from pathlib import Path

import pytest

from generations import tasks
from generations.models import Outcome
from generations.reporting import document, files
from tests.factories import NOW
from tests.generations.endings import bare_target, ended, opened

pytestmark = pytest.mark.django_db


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_ended_has_a_file_and_what_has_not_has_none(data_folder: Path) -> None:
    target, other = bare_target(), bare_target("mailer")
    first = ended(target)
    ended(target, Outcome.REJECTED)
    ended(other)
    opened(target, deadline_at=NOW.replace(year=2099))
    assert tasks.sweep() == "0 timed out, 3 reports written"
    assert names(data_folder / "reports" / "gateway") == ["gen-1.json", "gen-2.json"]
    assert names(data_folder / "reports" / "mailer") == ["gen-1.json"]
    path = files.path_of(first)
    assert path.read_bytes() == document.encoded(first)
    assert json.loads(path.read_text())["schema"] == document.NAME
    assert tasks.sweep() == "0 timed out, 0 reports written"


def test_one_that_is_gone_is_written_again_to_the_same_bytes() -> None:
    generation = ended(bare_target())
    path = files.write(generation)
    before = path.read_bytes()
    path.unlink()
    assert files.write_missing() == [path]
    assert path.read_bytes() == before


def test_a_full_disk_is_said_and_leaves_neither_half_a_file_nor_a_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generation, second = ended(bare_target()), ended(bare_target())
    folder = files.folder_of(generation.target)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(files.NotWritten, match=r"gen-1\.json was not written: No space"):
            tasks.sweep()
        assert names(folder) == []
    assert [path.name for path in files.write_missing()] == ["gen-1.json", "gen-2.json"]
    assert files.path_of(second).exists()


def test_an_older_file_stays_when_its_successor_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generation = ended(bare_target())
    path = files.write(generation)
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(files.NotWritten):
        files.write(generation)
    assert path.read_bytes() == before
    assert names(path.parent) == ["gen-1.json"]


def test_a_folder_in_its_place_is_said_and_the_others_are_written() -> None:
    target = bare_target()
    generation = ended(target)
    ended(target)
    files.folder_of(target).mkdir(parents=True)
    (files.folder_of(target) / ".gen-x").mkdir()
    files.path_of(generation).mkdir()  # listed as there: a person has to look at it
    assert [path.name for path in files.write_missing()] == ["gen-2.json"]
    with pytest.raises(files.NotWritten, match="gen-1"):
        files.write(generation)


def test_other_files_in_the_folder_are_no_reports(data_folder: Path) -> None:
    target = bare_target()
    ended(target)
    folder = files.folder_of(target)
    folder.mkdir(parents=True)
    for name in ("gen-01.json", "gen-1.json.bak", "gen-²·json", "notes.txt", ".gen-1.json.x"):
        (folder / name).write_text("mine")
    files.write_missing()
    assert files.remove_all(target) == 1
    assert len(names(folder)) == 5


def test_two_who_write_at_once_leave_one_whole_file() -> None:
    generation = ended(bare_target())
    text = document.encoded(generation)
    path = files.path_of(generation)
    workers = [threading.Thread(target=files._put, args=(path, text)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert path.read_bytes() == text
    assert names(path.parent) == ["gen-1.json"]


def test_so_many_are_written_at_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "AT_ONCE", 2)
    for _ in range(5):
        ended(bare_target())
    assert [len(files.write_missing()) for _ in range(4)] == [2, 2, 1, 0]
