"""What is not whole, not ours or not for here is refused, and nothing is left of it."""

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from selfimprove.backup import CannotBackUp, CannotRestore, archive, making
from selfimprove.backup.archive import CONTENTS, Contents

WHOLE = Contents("installation", "2026-11-28T00:00:00+00:00", database="sqlite")


def made(folder: Path, **parts: bytes) -> Path:
    inside = folder / "inside"
    inside.mkdir()
    for name, content in parts.items():
        (inside / name).write_bytes(content)
    place = folder / "whole.tgz"
    archive.write(place, WHOLE, inside)
    return place


def forged(folder: Path, contents: bytes, parts: Mapping[str, bytes]) -> Path:
    place = folder / "forged.tgz"
    with tarfile.open(place, "w:gz") as tar:
        for name, content in {CONTENTS: contents, **parts}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return place


def out(folder: Path) -> Path:
    place = folder / "out"
    place.mkdir()
    return place


def listed(**changed: object) -> bytes:
    return json.dumps({**asdict(WHOLE), **changed}).encode()


def test_what_is_put_in_comes_out(tmp_path: Path) -> None:
    place = made(tmp_path, database=b"rows", one=b"\0" * 3_000_000)
    folder = out(tmp_path)
    contents = archive.read(place, folder, "installation")
    assert sorted(contents.parts) == ["database", "one"]
    assert (folder / "database").read_bytes() == b"rows"
    assert (folder / "one").stat().st_size == 3_000_000


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, share: float) -> None:
    place = made(tmp_path, database=bytes(range(256)) * 4000)
    whole = place.read_bytes()
    place.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CannotRestore):
        archive.read(place, out(tmp_path), "installation")


def test_a_part_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    told = listed(parts={"database": "0" * 64})
    place = forged(tmp_path, told, {"database": b"other rows"})
    with pytest.raises(CannotRestore, match="not what was put into"):
        archive.read(place, out(tmp_path), "installation")


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/b", "..", "."])
def test_no_part_is_written_outside_of_its_folder(tmp_path: Path, name: str) -> None:
    told = listed(parts={name: "0" * 64})
    place = forged(tmp_path, told, {name: b"x"})
    with pytest.raises(CannotRestore):
        archive.read(place, out(tmp_path), "installation")
    assert not (tmp_path / "outside").exists()


def test_a_link_is_no_part(tmp_path: Path) -> None:
    place = tmp_path / "forged.tgz"
    told = listed(parts={"database": "0" * 64})
    with tarfile.open(place, "w:gz") as tar:
        member = tarfile.TarInfo(CONTENTS)
        member.size = len(told)
        tar.addfile(member, io.BytesIO(told))
        link = tarfile.TarInfo("database")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(CannotRestore, match="missing"):
        archive.read(place, out(tmp_path), "installation")


@pytest.mark.parametrize(
    ("contents", "what"),
    [
        (b"{", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"kind": "installation", "made_at": "", "more": 1}', "cannot be read"),
        (listed(form=2), "has the form 2"),
        (listed(kind="keys"), "a backup of keys, not of installation"),
    ],
)
def test_contents_that_are_none_of_ours_are_refused(
    tmp_path: Path, contents: bytes, what: str
) -> None:
    with pytest.raises(CannotRestore, match=what):
        archive.read(forged(tmp_path, contents, {}), out(tmp_path), "installation")


@pytest.mark.parametrize("content", [b"", b"plain text", b"\x1f\x8b\x08\x00"])
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "some.tgz"
    place.write_bytes(content)
    with pytest.raises(CannotRestore, match="no whole backup"):
        archive.read(place, out(tmp_path), "installation")


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    with (
        pytest.raises(CannotBackUp, match="cannot be written"),
        making._beside(tmp_path / "missing" / "whole.tgz"),
    ):
        pytest.fail("there is nothing to write into")


def test_whatever_goes_wrong_no_half_of_a_backup_is_seen(tmp_path: Path) -> None:
    folder_of = out(tmp_path)

    def begun() -> None:
        with making._beside(folder_of / "whole.tgz") as (folder, unfinished):
            (folder / "database").write_bytes(b"half")
            unfinished.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begun()
    assert list(folder_of.iterdir()) == []
