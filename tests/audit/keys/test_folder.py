"""Is a key kept from others, never written over, and never half there?"""

import os
import threading
from pathlib import Path

import pytest

from audit.keys.folder import KeyFolder, KeyTrouble


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_folder_and_files_are_for_their_owner_only(keys: KeyFolder) -> None:
    old = os.umask(0)
    try:
        keys.create("a", "one")
        keys.replace("b", "two")
        with keys.alone():
            pass
    finally:
        os.umask(old)
    assert mode(keys.path) == 0o700
    assert {path.name: mode(path) for path in keys.path.iterdir()} == {
        "a": 0o600,
        "b": 0o600,
        "lock": 0o600,
    }


def test_what_was_written_is_read_and_what_was_not_is_none(keys: KeyFolder) -> None:
    assert keys.read("a") is None
    assert not keys.holds("a")
    keys.create("a", "é\n")
    assert keys.read("a") == "é\n"
    assert keys.holds("a")
    keys.remove("a")
    assert keys.read("a") is None
    keys.remove("a")


def test_a_key_is_never_written_over(keys: KeyFolder) -> None:
    keys.create("a", "one")
    with pytest.raises(KeyTrouble, match="there already and is not written over"):
        keys.create("a", "two")
    assert keys.read("a") == "one"
    assert [path.name for path in keys.path.iterdir()] == ["a"]


def test_of_many_that_create_at_once_one_wins_and_all_others_are_told(keys: KeyFolder) -> None:
    won: list[str] = []
    lost: list[KeyTrouble] = []
    start = threading.Barrier(8)

    def create(number: int) -> None:
        start.wait(timeout=10)
        try:
            keys.create("a", f"{number}" * 1000)
            won.append(f"{number}" * 1000)
        except KeyTrouble as error:
            lost.append(error)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert (len(won), len(lost)) == (1, 7)
    assert keys.read("a") == won[0]


def test_replacing_leaves_nothing_else_behind(keys: KeyFolder) -> None:
    keys.create("a", "one")
    keys.replace("a", "two")
    assert keys.read("a") == "two"
    assert [path.name for path in keys.path.iterdir()] == ["a"]


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_a_file_that_others_may_open_is_refused_with_what_to_do(
    keys: KeyFolder, bits: int
) -> None:
    keys.create("a", "one")
    (keys / "a").chmod(bits)
    with pytest.raises(KeyTrouble, match=f"mode {bits:o}.*chmod 600 {keys / 'a'}"):
        keys.read("a")


@pytest.mark.parametrize("bits", [0o750, 0o705, 0o777])
def test_a_folder_that_others_may_open_is_refused(keys: KeyFolder, bits: int) -> None:
    keys.create("a", "one")
    keys.path.chmod(bits)
    with pytest.raises(KeyTrouble, match=f"chmod 700 {keys.path}"):
        keys.read("a")
    with pytest.raises(KeyTrouble, match=f"chmod 700 {keys.path}"):
        keys.create("b", "two")
    assert not (keys / "b").exists()


def test_what_is_no_file_or_no_text_is_refused(keys: KeyFolder) -> None:
    keys.create("a", "one")
    (keys / "folder").mkdir(0o700)
    (keys / "link").symlink_to(keys / "a")
    (keys / "bytes").touch(0o600)
    (keys / "bytes").write_bytes(b"\xff\xfe")
    for name in ("folder", "link", "bytes"):
        with pytest.raises(KeyTrouble, match=f"{keys / name} cannot be read"):
            keys.read(name)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    keys = KeyFolder(tmp_path / "file")
    with pytest.raises(KeyTrouble, match="cannot be written"):
        keys.create("a", "one")
    with pytest.raises(KeyTrouble, match="cannot be written"), keys.alone():
        pass


def test_one_at_a_time_uses_the_folder(keys: KeyFolder) -> None:
    inside: list[int] = []
    most: list[int] = []

    def use() -> None:
        for _ in range(20):
            with keys.alone():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert set(most) == {1}
    assert len(most) == 80
