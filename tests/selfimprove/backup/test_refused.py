"""A backup that does not fit this machine changes nothing on it."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from selfimprove.backup import archive
from selfimprove.backup.archive import Contents
from tests.selfimprove.backup.house import Machine, furnish, machine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Machine]:
    with machine(tmp_path, "empty") as house:
        yield house


def written(folder: Path, contents: Contents, **parts: bytes) -> Path:
    inside = folder / "parts"
    inside.mkdir()
    for name, content in parts.items():
        (inside / name).write_bytes(content)
    archive.write(folder / "given.tgz", contents, inside)
    return folder / "given.tgz"


def contents(**given: object) -> Contents:
    told = {"kind": "installation", "made_at": "now", "database": connection.vendor, **given}
    return Contents(**told)  # type: ignore[arg-type]


def is_empty(house: Machine) -> bool:
    """Tell whether no clone, no key and no row is there."""
    files = [path for name in ("clones", "keys") for path in (house.folder / name).glob("*")]
    return not files and not house.tables()


def test_a_backup_of_the_other_database_is_refused(empty: Machine, tmp_path: Path) -> None:
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    done = empty.run("restore", str(written(tmp_path, contents(database=other), database=b"x")))
    assert done.returncode == 1
    assert "set DATABASE_URL accordingly" in done.stderr
    assert is_empty(empty)


def test_a_backup_of_a_newer_version_is_refused(empty: Machine, tmp_path: Path) -> None:
    newer = contents(migrations={"audit": "9999_from_the_future"})
    done = empty.run("restore", str(written(tmp_path, newer, database=b"x")))
    assert "a newer selfimprove" in done.stderr
    assert "audit.9999_from_the_future" in done.stderr
    assert is_empty(empty)


def test_a_database_that_is_damaged_leaves_the_machine_empty(
    empty: Machine, tmp_path: Path
) -> None:
    place = written(tmp_path, contents(), database=b"SQLite format 3\0" + b"x" * 5000)
    done = empty.run("restore", str(place))
    assert done.returncode == 1
    assert "damaged" in done.stderr or "pg_restore failed" in done.stderr
    assert is_empty(empty)


def test_a_clone_that_is_damaged_leaves_the_machine_empty_for_another_try(
    empty: Machine, tmp_path: Path
) -> None:
    with machine(tmp_path, "full") as full:
        furnish(full, tmp_path / "target")
        full.must("backup", str(tmp_path / "whole.tgz"))
        inside = tmp_path / "inside"
        inside.mkdir()
        with tarfile.open(tmp_path / "whole.tgz") as tar:
            tar.extractall(inside, filter="data")
        told = json.loads((inside / "contents.json").read_text())
        (inside / "contents.json").unlink()
        bundle = inside / "gateway.bundle"
        bundle.write_bytes(bundle.read_bytes()[:-40])
        archive.write(tmp_path / "bad.tgz", Contents(**told), inside)
        done = empty.run("restore", str(tmp_path / "bad.tgz"))
        assert "the clone of gateway cannot be read" in done.stderr
        assert is_empty(empty)
        empty.run("restore", str(tmp_path / "whole.tgz"))
        assert empty.refs("gateway") == full.refs("gateway")


def test_keys_are_never_written_over(empty: Machine, tmp_path: Path) -> None:
    keys = empty.folder / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (keys / "log.key").write_text("mine")
    given = written(tmp_path, contents(), database=b"x")
    done = empty.run("restore", str(given), "--keys", str(given))
    assert "holds keys already" in done.stderr
    assert (keys / "log.key").read_text() == "mine"
