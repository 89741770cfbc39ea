"""What do the sources make of junk: huge lines, binary, broken archives, pipes, many files?"""

import gzip
import json
import os
import tracemalloc
from pathlib import Path

import pytest

from ports.telemetry_source import Cursor
from ports.telemetry_source.audit_log import AuditLog
from ports.telemetry_source.docker import Docker
from ports.telemetry_source.files import Files

LIMIT = 1_000_000


def test_a_line_of_ten_megabytes_is_cut_and_counted_and_never_loaded_whole(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"before\n" + b"x" * 10_000_000 + b"\nafter\n")
    cursor: Cursor = {}
    texts: list[str] = []
    skipped = 0
    tracemalloc.start()
    for _ in range(12):
        batch = Files(str(path)).read(cursor, LIMIT)
        cursor = json.loads(json.dumps(batch.cursor))
        texts += [record.text for record in batch.records]
        skipped += batch.skipped
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(text) for text in texts] == [6, 65_536, 5]
    assert skipped == 1
    assert peak < 4_000_000


def test_a_limit_bounds_one_read_and_says_that_there_is_more(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(f"line {n:04}\n" for n in range(1000)))
    first = Files(str(path)).read({}, 100)
    assert 10 <= len(first.records) <= 11
    assert first.more
    rest = Files(str(path)).read(first.cursor, LIMIT)
    assert len(first.records) + len(rest.records) == 1000
    assert not rest.more


def test_binary_junk_and_bad_utf8_become_readable_text(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"\xff\xfe caf\xc3\n" + bytes(range(256)) + b"\nend\n")
    texts = [record.text for record in Files(str(path)).read({}, LIMIT).records]
    assert texts[0] == "\ufffd\ufffd caf\ufffd"
    assert texts[-1] == "end"


@pytest.mark.parametrize("adapter", [Docker, AuditLog])
def test_lines_that_are_no_objects_are_dropped_and_counted(
    adapter: type[Docker] | type[AuditLog], tmp_path: Path
) -> None:
    path = tmp_path / "app.log"
    path.write_text("not json\n[1]\n" + "[" * 5000 + '\n{"broken": \n')
    batch = adapter(str(path)).read({}, LIMIT)
    assert batch.records == ()
    assert batch.skipped == 4


def _piece(text: str, stream: str = "stdout") -> str:
    return json.dumps({"log": text, "stream": stream, "time": "2026-11-21T01:00:00Z"}) + "\n"


def test_docker_pieces_are_joined_per_stream_and_across_reads(tmp_path: Path) -> None:
    path = tmp_path / "x-json.log"
    path.write_text(_piece("2026-11-21 one ") + _piece("2026-11-21 err\n", "stderr"))
    first = Docker(str(path)).read({}, LIMIT)
    with path.open("a") as file:
        file.write(_piece("line\n"))
    second = Docker(str(path)).read(first.cursor, LIMIT)
    assert [r.text for r in first.records] == ["2026-11-21 err"]
    assert "2026-11-21 one line" in [r.text for r in second.records]
    again = [r for r in second.records if r.text == "2026-11-21 err"]
    assert again == list(first.records)  # the same place, so that it is stored once


def test_a_docker_line_that_never_ends_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "x-json.log"
    path.write_text("".join(_piece("y" * 16_384) for _ in range(6)) + _piece("z\n"))
    batch = Docker(str(path)).read({}, LIMIT)
    assert max(len(record.text) for record in batch.records) == 65_536
    assert batch.skipped == 1


def test_a_broken_archive_gives_its_good_part_and_a_problem(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(b"line %d\n" % n for n in range(50_000)), mtime=0)
    (tmp_path / "app.log.1.gz").write_bytes(packed[: len(packed) // 2])
    batch = Files(str(tmp_path / "app.log")).read({}, LIMIT)
    assert batch.records[0].text == "line 0"
    assert "broken" in batch.problems[0]
    assert Files(str(tmp_path / "app.log")).read(batch.cursor, LIMIT).records == ()


def test_pipes_and_folders_are_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "app.log")
    (tmp_path / "app.log.1").mkdir()
    assert Files(str(tmp_path / "app.log")).read({}, LIMIT).records == ()


def test_a_glob_reads_each_file_once_with_its_predecessors(tmp_path: Path) -> None:
    for name in ("a.log", "b.log", "a.log.1", "b.log-20261120", "c.txt", "a.log.bak"):
        (tmp_path / name).write_text(f"in {name}\n")
    batch = Files(str(tmp_path / "*.log")).read({}, LIMIT)
    texts = sorted(record.text for record in batch.records)
    assert texts == ["in a.log", "in a.log.1", "in b.log", "in b.log-20261120"]
    assert Files(str(tmp_path / "*.log")).read(batch.cursor, LIMIT).records == ()


def test_a_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "app[1].log").write_text("hello\n")
    assert len(Files(str(tmp_path / "app[1].log")).read({}, LIMIT).records) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_a_problem_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("hello\n")
    path.chmod(0)
    batch = Files(str(path)).read({}, LIMIT)
    assert str(path) in batch.problems[0]
