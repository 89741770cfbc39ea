"""Does a plain copy of a tree hold every byte and never lead outside?"""

from pathlib import Path

import pytest

from targets.exports import DestinationNotEmpty
from targets.repository import Repository
from tests.targets.origins import AT, FILES, make_clone


def tree_of(clone: Repository, entries: list[tuple[str, str, bytes]]) -> str:
    """Write a tree without any of git's checks, as a hostile origin could."""
    lines = b""
    for mode, path, content in entries:
        blob = clone.git.run("hash-object", "-w", "--stdin", stdin=content).text
        lines += f"{mode} ".encode() + path.encode() + b"\0" + bytes.fromhex(blob)
    return clone.git.run(
        "hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=lines
    ).text


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    return make_clone(tmp_path)


def test_a_copy_holds_every_file_and_nothing_of_git(clone: Repository, tmp_path: Path) -> None:
    assert clone.export(clone.head("main"), tmp_path / "copy") == ()
    for path, content in FILES.items():
        assert (tmp_path / "copy" / path).read_bytes() == content
    assert not (tmp_path / "copy" / ".git").exists()


def test_the_trees_own_attributes_change_nothing(clone: Repository, tmp_path: Path) -> None:
    files = {
        ".gitattributes": b"* text eol=crlf\ntests/** export-ignore\n*.py ident\n",
        "tests/test_x.py": b"# $Id$\n",
    }
    head = clone.commit_files("main", files, "Attributes", AT)
    clone.export(head, tmp_path / "copy")
    assert (tmp_path / "copy" / "tests" / "test_x.py").read_bytes() == b"# $Id$\n"


def test_modes_and_inner_links_survive(clone: Repository, tmp_path: Path) -> None:
    tree = tree_of(
        clone,
        [("120000", "link", b"run.sh"), ("100755", "run.sh", b"#!/bin/sh\n")],
    )
    assert clone.export(tree, tmp_path / "copy") == ()
    assert (tmp_path / "copy" / "run.sh").stat().st_mode & 0o111
    assert (tmp_path / "copy" / "link").read_bytes() == b"#!/bin/sh\n"


@pytest.mark.parametrize(
    "entries",
    [
        [("120000", "link", b"/etc/passwd")],
        [("120000", "link", b"../../secret")],
        [("120000", "a", b"."), ("120000", "link", b"a/../../secret")],
        [("100644", "..", b"escaped")],
    ],
)
def test_what_leads_outside_is_left_out_and_told(
    clone: Repository, tmp_path: Path, entries: list[tuple[str, str, bytes]]
) -> None:
    (tmp_path / "secret").write_text("untouched")
    left_out = clone.export(tree_of(clone, entries), tmp_path / "copies" / "copy")
    assert left_out == (entries[-1][1],)
    assert not (tmp_path / "copies" / "copy" / "link").is_symlink()
    assert (tmp_path / "secret").read_text() == "untouched"


def test_nothing_is_written_through_a_link(clone: Repository, tmp_path: Path) -> None:
    inner = tree_of(clone, [("100644", "planted", b"x")])
    entry = b"120000 d\0" + bytes.fromhex(
        clone.git.run("hash-object", "-w", "--stdin", stdin=b"../outside").text
    )
    entry += b"40000 d\0" + bytes.fromhex(inner)
    tree = clone.git.run(
        "hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=entry
    ).text
    (tmp_path / "outside").mkdir()
    clone.export(tree, tmp_path / "copy")
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_folder_with_content_is_not_written_into(clone: Repository, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine").touch()
    with pytest.raises(DestinationNotEmpty):
        clone.export(clone.head("main"), tmp_path / "copy")
