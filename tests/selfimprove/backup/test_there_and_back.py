"""A lost machine comes back: every row, key and ref, and a log that goes on honestly."""

import json
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.selfimprove.backup.house import Machine, furnish, machine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Machine]:
    with machine(tmp_path, "old") as house:
        furnish(house, tmp_path / "target")
        yield house


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Machine]:
    with machine(tmp_path, "new") as house:
        yield house


def test_a_machine_is_lost_and_another_goes_on(old: Machine, new: Machine, tmp_path: Path) -> None:
    whole, keys = tmp_path / "whole.tgz", tmp_path / "keys.tgz"
    said = old.must("backup", str(whole), "--keys", str(keys))
    assert "1 clones" in said
    assert {stat.S_IMODE(path.stat().st_mode) for path in (whole, keys)} == {0o600}
    restored = new.must("restore", str(whole), "--keys", str(keys))
    assert "log-keys succeed" in restored
    assert new.must("target", "list") == old.must("target", "list")
    assert new.refs("gateway") == old.refs("gateway")
    for name in ("log.key", "writer.key"):
        assert (new.folder / "keys" / name).read_text() == (old.folder / "keys" / name).read_text()
        assert stat.S_IMODE((new.folder / "keys" / name).stat().st_mode) == 0o600
    assert (new.folder / "secret_key").read_text() == (old.folder / "secret_key").read_text()

    # Nothing is sealed until a person says what became of the old machine.
    assert new.run("verify-log").returncode == 1
    new.must("log-keys", "succeed", "--reason", "The old disk is lost")
    new.seal()
    verified = json.loads(new.must("verify-log", "--json"))
    assert verified["problems"] == []

    # The backup is on the log of the machine that made it, with the digest of the file.
    again = old.run("backup", str(whole))
    assert again.returncode == 1
    assert "is there already" in again.stderr
    refused = new.run("restore", str(whole))
    assert "not empty" in refused.stderr
    assert new.must("target", "list") == old.must("target", "list")


def test_without_its_keys_a_backup_can_be_read_and_writes_nothing(
    old: Machine, new: Machine, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.tgz"
    assert "The keys are not in it" in old.must("backup", str(whole))
    with tarfile.open(whole) as tar:
        names = tar.getnames()
    assert names == ["contents.json", "database", "gateway.bundle"]
    done = new.run("restore", str(whole))
    assert done.returncode == 3
    assert "This host has no log key" in done.stdout
    assert "its log was not verified" in done.stderr
    assert "gateway" in new.must("target", "list")
    slug = ("--slug", "other", "--origin", str(tmp_path / "target" / "origin.git"))
    assert new.run("target", "add", *slug).returncode == 1
    assert "other" not in new.must("target", "list")
