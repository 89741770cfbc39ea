"""What cannot be used is said in one sentence, by the real command, before anything is changed."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from selfimprove import folder
from selfimprove.config import BadConfiguration
from tests.selfimprove.running import run

NOT_A_DATABASE = b"this is a letter to my aunt, and certainly no database\n" * 40


def test_a_file_where_the_data_folder_should_be_is_named(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("mine")
    _refused(run(place, "up"), str(place), "--set paths.data=FOLDER")
    assert place.read_text() == "mine"


def test_a_file_where_the_static_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "static").write_text("mine")
    _refused(run(tmp_path, "up"), str(tmp_path), "cannot be written")


@pytest.mark.parametrize("url", ["mongo://me:hunter22@db/x", "sqlite:///x?timeout=soon"])
def test_a_database_address_that_cannot_be_read_is_not_repeated(tmp_path: Path, url: str) -> None:
    done = run(tmp_path, "up", DATABASE_URL=url)
    _refused(done, "DATABASE_URL cannot be read", "postgres://")
    assert "hunter22" not in done.stderr


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    url = "postgres://me:hunter22@127.0.0.1:1/nowhere"
    done = run(tmp_path, "up", DATABASE_URL=url)
    assert done.returncode == 1
    assert "The database cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter22" not in done.stderr


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").write_bytes(NOT_A_DATABASE)
    _refused(run(tmp_path, "up"), "The database cannot be used", "not a database")
    assert (tmp_path / "db.sqlite3").read_bytes() == NOT_A_DATABASE


def test_a_log_level_that_nobody_knows_is_said(tmp_path: Path) -> None:
    _refused(run(tmp_path, "up", LOG_LEVEL="LOUD"), "LOG_LEVEL is 'LOUD'", "WARNING")


@pytest.mark.parametrize(
    "words", [("spending",), ("evaluate",), ("target", "list")], ids=lambda words: words[0]
)
def test_a_command_before_the_first_start_says_how_to_make_the_tables(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = run(tmp_path, *words)
    _refused(done, "lacks tables of this version", "manage.py migrate", "manage.py up")


@pytest.mark.slow
def test_an_older_database_is_brought_up_to_date_and_keeps_its_rows(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate", "auth", "0011").returncode == 0
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        database.execute("INSERT INTO auth_group (name) VALUES ('kept')")
        database.commit()
    done = run(tmp_path, "shell", "-c", "from selfimprove import setup; setup.prepare_database()")
    assert done.returncode == 0, done.stderr
    assert run(tmp_path, "migrate", "--check").returncode == 0
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        kept = database.execute("SELECT count(*) FROM auth_group WHERE name = 'kept'").fetchone()
    assert kept == (1,)


def test_a_fresh_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    place = folder.prepare(tmp_path / "a" / "b")
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    key = folder.secret_key(place)
    assert len(key) >= 50
    assert stat.S_IMODE((place / folder.KEY).stat().st_mode) == 0o600
    assert folder.secret_key(place) == key
    assert [path.name for path in place.iterdir() if path.name.startswith(".")] == []


def test_an_empty_key_left_by_a_crash_is_made_again(tmp_path: Path) -> None:
    (tmp_path / folder.KEY).touch()
    key = folder.secret_key(tmp_path)
    assert key
    assert folder.secret_key(tmp_path) == key


@pytest.mark.parametrize("place", ["/proc/nowhere", "/dev/null/x", "a\0b"])
def test_a_place_that_cannot_be_written_is_named_with_the_way_out(place: str) -> None:
    with pytest.raises(BadConfiguration, match="choose another folder"):
        folder.prepare(Path(place))


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / folder.KEY).mkdir()
    with pytest.raises(BadConfiguration, match=folder.KEY):
        folder.secret_key(tmp_path)


def _refused(done: object, *told: str) -> None:
    stderr: str = getattr(done, "stderr", "")
    assert getattr(done, "returncode", 0) == 1
    assert len(stderr.strip().splitlines()) == 1, stderr
    for words in told:
        assert words in stderr
