"""Do the sources read every line once while files are replaced, emptied, removed or many?"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ports.telemetry_source import Batch, Cursor
from ports.telemetry_source.docker import Docker
from ports.telemetry_source.files import Files
from ports.telemetry_source.places import files_of
from ports.telemetry_source.positions import Replaced, opened

LIMIT = 4_000_000


class Reader:
    """Read a place again and again, with a cursor that goes through JSON each time."""

    def __init__(self, location: Path | str) -> None:
        self.location = str(location)
        self.cursor: Cursor = {}
        self.last = Batch((), {})

    def read(self) -> list[str]:
        self.last = Files(self.location).read(self.cursor, LIMIT)
        self.cursor = json.loads(json.dumps(self.last.cursor))
        return [record.text for record in self.last.records]


def test_a_file_that_is_emptied_and_refilled_to_the_same_size_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("one\ntwo\n")
    reader = Reader(path)
    assert reader.read() == ["one", "two"]
    path.write_text("six\nten\n")
    assert reader.read() == ["six", "ten"]
    assert reader.read() == []


def test_a_file_that_is_emptied_and_outgrows_its_old_size_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("one\n")
    reader = Reader(path)
    reader.read()
    with path.open("r+") as file:
        file.truncate()
        file.write("a\nb\nc\nd\n")
    assert reader.read() == ["a", "b", "c", "d"]


def test_a_file_that_becomes_a_folder_and_a_file_again_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("one\n")
    reader = Reader(path)
    reader.read()
    path.unlink()
    path.mkdir()
    assert reader.read() == []
    (problem,) = reader.last.problems
    assert problem == f"{path} is a folder: name the files in it, as {path}/*.log"
    path.rmdir()
    path.write_text("two\n")
    assert reader.read() == ["two"]
    assert not reader.last.problems


def test_a_file_that_is_removed_and_written_anew_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    reader = Reader(path)
    for words in ("first", "other", "third"):
        path.write_text(f"{words}\n")
        assert reader.read() == [words]
        path.unlink()
        assert reader.read() == []


def test_a_file_that_is_exchanged_between_look_and_opening_is_not_read_as_the_old_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "app.log"
    path.write_text("old\n")
    (found,) = files_of(str(path))
    (tmp_path / "new").write_text("new and longer\n")
    (tmp_path / "new").rename(path)
    with pytest.raises(Replaced), opened(found):
        pass


def test_copy_and_truncate_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.touch()
    reader = Reader(path)
    seen: list[str] = []
    for turn in range(12):
        with path.open("a") as file:
            file.writelines(f"turn {turn:03} line {n} with some words to tell\n" for n in range(3))
        if turn % 3 == 2:
            seen += reader.read()
            for old in range(3, 0, -1):
                if (before := tmp_path / f"app.log.{old}").exists():
                    before.rename(tmp_path / f"app.log.{old + 1}")
            shutil.copy(path, tmp_path / "app.log.1")
            os.truncate(path, 0)
        seen += reader.read()
    assert seen == [
        f"turn {t:03} line {n} with some words to tell" for t in range(12) for n in range(3)
    ]


@pytest.mark.parametrize(
    "junk",
    [b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00garbage", b"no archive at all\n", os.urandom(999)],
    ids=["empty", "magic", "cut head", "text", "noise"],
)
def test_a_broken_archive_is_told_once_and_does_not_hide_its_neighbour(
    tmp_path: Path, junk: bytes
) -> None:
    (tmp_path / "app.log.1.gz").write_bytes(junk)
    (tmp_path / "app.log").write_text("good\n")
    reader = Reader(tmp_path / "app.log")
    assert reader.read() == ["good"]
    assert len(reader.last.problems) == (1 if junk else 0)
    assert reader.read() == []
    assert reader.last.problems == ()


def test_garbage_behind_an_archive_gives_the_archive_and_a_problem(tmp_path: Path) -> None:
    (tmp_path / "app.log.1.gz").write_bytes(gzip.compress(b"a\nb\n") + b"garbage behind it")
    reader = Reader(tmp_path / "app.log")
    assert reader.read() == ["a", "b"]
    assert "broken" in reader.last.problems[0]


def test_lines_of_any_system_end_where_they_end(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"dos\r\nunix\nold mac\rstays one\n\r\n\n\xe2\x80\xa8also one\n")
    assert Reader(path).read() == ["dos", "unix", "old mac\rstays one", "\u2028also one"]


def test_a_thousand_files_are_read_and_rotated_in_a_moment(tmp_path: Path) -> None:
    names = [tmp_path / f"a{n:04}.log" for n in range(1_000)]
    for name in names:
        name.write_text(f"first line of {name.name} with some words\n")
    reader = Reader(tmp_path / "*.log")
    assert len(reader.read()) == 1_000
    for name in names:
        name.rename(f"{name}.1")
        name.write_text(f"second line of {name.name} with some words\n")
    assert len(reader.read()) == 1_000
    assert reader.read() == []


READ_AS_NOBODY = """
import os, sys
from ports.telemetry_source.files import Files
os.setgid(65534); os.setuid(65534)
print(*Files(sys.argv[1]).read({}, 1000).problems)
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Make a folder that everybody may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_file_or_folder_that_we_may_not_read_is_a_problem_with_its_name(
    open_folder: Path,
) -> None:
    path = open_folder / "app.log"
    path.write_text("hello\n")
    path.chmod(0)
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    for place in (path, closed / "app.log", closed / "*.log"):
        said = subprocess.run(
            [sys.executable, "-c", READ_AS_NOBODY, str(place)], capture_output=True, text=True
        )
        assert str(path if place == path else closed) in said.stdout, said
        assert "let our user read it" in said.stdout


def _piece(text: str, stream: str) -> str:
    return json.dumps({"log": text, "stream": stream, "time": "2026-11-21T01:00:00Z"}) + "\n"


def test_a_container_that_died_in_the_middle_of_a_line_does_not_stop_reading(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x-json.log"
    with path.open("w") as file:
        file.write(_piece("2026-11-21 panic: cut of", "stderr"))
        file.writelines(_piece(f"2026-11-21 line {n:06}\n", "stdout") for n in range(150_000))
    cursor: Cursor = {}
    texts: dict[int, str] = {}
    for _ in range(6):
        batch = Docker(str(path)).read(cursor, LIMIT)
        cursor = json.loads(json.dumps(batch.cursor))
        texts |= {record.offset: record.text for record in batch.records}
    assert not batch.more
    assert len(texts) == 150_001
    assert texts[0] == "2026-11-21 panic: cut of"


def test_an_unfinished_line_is_still_waited_for_when_little_stands_behind_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x-json.log"
    path.write_text(
        _piece("2026-11-21 one ", "stderr")
        + "".join(_piece(f"2026-11-21 {n}\n", "stdout") for n in range(100))
    )
    first = Docker(str(path)).read({}, LIMIT)
    with path.open("a") as file:
        file.write(_piece("line\n", "stderr"))
    second = Docker(str(path)).read(first.cursor, LIMIT)
    assert "2026-11-21 one line" in [record.text for record in second.records]
    assert "2026-11-21 one " not in [record.text for record in first.records]
