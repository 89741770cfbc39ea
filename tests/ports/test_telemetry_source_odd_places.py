"""Do file sources get past odd places: other encodings, links in circles, pipes, reused inodes?"""

import gzip
import json
import os
import socket
import threading
from pathlib import Path

import pytest

from ports.telemetry_source import Batch, Cursor
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

    def read(self, limit: int = LIMIT) -> list[str]:
        self.last = Files(self.location).read(self.cursor, limit)
        self.cursor = json.loads(json.dumps(self.last.cursor))
        return [record.text for record in self.last.records]


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("packed", [False, True])
def test_utf_16_with_a_mark_is_read_in_parts(tmp_path: Path, name: str, packed: bool) -> None:
    # U+0A0A and U+0A00 hold the byte of a line end in either half; the moon takes four bytes.
    lines = ["first line, plain", "\u0a0a\u0a00\u0100\n".strip("\n"), "\U0001f319 moon", "last"]
    whole = ("\ufeff" + "".join(f"{line}\r\n" for line in lines)).encode(name)
    path = tmp_path / ("app.log.gz" if packed else "app.log")
    if packed:
        path.write_bytes(gzip.compress(whole))
        assert Reader(path).read() == lines
        return
    reader = Reader(path)
    seen: list[str] = []
    for start in range(0, len(whole), 7):
        with path.open("ab") as file:
            file.write(whole[start : start + 7])
        seen += reader.read()
    assert seen == lines
    assert reader.last.behind == 0


def test_a_huge_line_of_utf_16_is_cut_and_the_next_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(("\ufeffbefore\n" + "x" * 300_000 + "\nafter\n").encode("utf-16-le"))
    reader = Reader(path)
    texts = reader.read()
    assert (texts[0], texts[-1]) == ("before", "after")
    assert (len(texts), reader.last.skipped) == (3, 1)


def test_the_mark_of_utf_8_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n{"b": 2}\n')
    assert Reader(path).read() == ['{"a": 1}', '{"b": 2}']


def test_links_in_circles_hide_nothing_and_are_told(tmp_path: Path) -> None:
    loop = tmp_path / "loop.log"
    loop.symlink_to(loop)
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "app.log").write_text("hello\n")
    assert Reader(tmp_path / "*.log").read() == ["hello"]
    assert Reader(tmp_path / "round" / "round" / "*.log").read() == ["hello"]
    reader = Reader(loop)
    assert reader.read() == []
    assert "leads to itself" in reader.last.problems[0]
    inside = Reader(loop / "app.log")
    assert inside.read() == []
    assert inside.last.problems


def test_a_file_with_several_names_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("hello\n")
    (tmp_path / "hard.log").hardlink_to(path)
    (tmp_path / "a-soft.log").symlink_to(path)
    reader = Reader(tmp_path / "*.log")
    assert reader.read() == ["hello"]
    assert reader.last.places == 1
    assert reader.read() == []


def test_pipes_sockets_and_devices_are_told_and_never_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.log"
    os.mkfifo(pipe)
    link = tmp_path / "null.log"
    link.symlink_to("/dev/null")
    place = tmp_path / "s.log"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        for path, kind in ((pipe, "a pipe"), (place, "a socket"), (link, "a device")):
            reader = Reader(path)
            assert reader.read() == []
            assert kind in reader.last.problems[0]
    (tmp_path / "app.log").write_text("hello\n")
    assert Reader(tmp_path / "*.log").read() == ["hello"]


def test_a_pipe_that_takes_a_files_name_at_the_last_moment_is_not_waited_for(
    tmp_path: Path,
) -> None:
    path = tmp_path / "app.log"
    path.write_text("old\n")
    (found,) = files_of(str(path))
    path.unlink()
    os.mkfifo(path)
    refused: list[bool] = []

    def look() -> None:
        try:
            with opened(found):
                pass
        except Replaced:
            refused.append(True)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(30)
    assert refused == [True]


@pytest.mark.parametrize("rest", [False, True])
def test_a_new_file_with_the_inode_of_an_old_one_is_read_from_its_start(
    tmp_path: Path, rest: bool
) -> None:
    path = tmp_path / "app.log"
    path.write_text("the old file's first line, long enough to be told apart\nsecond\n")
    reader = Reader(path)
    assert len(reader.read()) == 2
    path.unlink()
    path.write_text("the new file's first line, which is longer than the old one's\nb\nc\nd\n")
    entry = reader.cursor["files"][0]
    entry["inode"], entry["device"] = path.stat().st_ino, path.stat().st_dev  # as NFS does
    entry["changed"] = 1 if rest else 0
    assert len(reader.read()) == 4


def test_an_archive_with_the_inode_of_an_old_one_is_read(tmp_path: Path) -> None:
    first = tmp_path / "app.log.1.gz"
    first.write_bytes(gzip.compress(b"the first archive, long enough to be told apart\n"))
    reader = Reader(tmp_path / "app.log")
    assert len(reader.read()) == 1
    first.unlink()
    second = tmp_path / "app.log.2.gz"
    second.write_bytes(gzip.compress(b"the second archive, long enough as well for that\n"))
    entry = reader.cursor["files"][0]
    entry["inode"], entry["device"] = second.stat().st_ino, second.stat().st_dev
    assert reader.read() == ["the second archive, long enough as well for that"]


def test_a_file_on_a_disk_mounted_anew_is_known_by_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("a first line that is long enough to be told apart\nsecond\n")
    reader = Reader(path)
    assert len(reader.read()) == 2
    reader.cursor["files"][0]["device"] += 1
    reader.cursor["files"][0]["inode"] += 99
    with path.open("a") as file:
        file.write("third\n")
    assert reader.read() == ["third"]


def test_a_cursor_of_another_release_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("one\n")
    reader = Reader(path)
    reader.read()
    del reader.cursor["files"][0]["changed"]
    reader.cursor["files"][0]["not known yet"] = True
    with path.open("a") as file:
        file.write("two\n")
    assert reader.read() == ["two"]


def test_a_place_that_vanishes_and_comes_back_is_read_on(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    path = folder / "app.log"
    path.write_text("a first line that is long enough to be told apart\n")
    reader = Reader(path)
    assert len(reader.read()) == 1
    folder.rename(tmp_path / "away")
    assert reader.read() == []
    assert (reader.last.places, reader.last.problems) == (0, ())
    (tmp_path / "away").rename(folder)
    with path.open("a") as file:
        file.write("and on\n")
    assert reader.read() == ["and on"]


def test_what_is_behind_is_counted_in_bytes(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("12345678\n" * 100 + "half")
    reader = Reader(path)
    reader.read(90)
    assert reader.last.more
    assert reader.last.behind == 904 - reader.cursor["files"][0]["offset"] > 700
    reader.read()
    assert (reader.last.more, reader.last.behind) == (False, 4)


def test_thousands_of_files_are_read_and_rested_and_one_of_them_goes_on(tmp_path: Path) -> None:
    names = [tmp_path / f"a{n:04}.log" for n in range(4_000)]
    for name in names:
        name.write_text(f"first line of {name.name} with some words\n")
    reader = Reader(tmp_path / "*.log")
    assert len(reader.read()) == 4_000
    assert reader.last.places == 4_000
    assert reader.read() == []
    with names[77].open("a") as file:
        file.write("more\n")
    assert reader.read() == ["more"]
    for name in names[:3_000]:  # inodes change as well: copied to another disk and back
        name.rename(name.with_suffix(".old"))
        name.write_bytes(name.with_suffix(".old").read_bytes())
    assert reader.read() == []


def test_many_troubles_are_told_as_a_few(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"app.log.{number}.gz").write_bytes(b"no archive\n")
    reader = Reader(tmp_path / "app.log")
    reader.read()
    assert len(reader.last.problems) == 6
    assert reader.last.problems[-1] == "and 35 more like these"
