"""Whatever text is edited in whatever way: is the change exactly the edit, and nothing else?"""

import difflib
import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets.repository import NothingToRevert, Repository
from tests.targets.origins import AT, make_clone

LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), max_size=12), max_size=12
)
FEW = settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return make_clone(tmp_path_factory.mktemp("edits"))


def text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def unified(path: str, old: list[str], new: list[str]) -> str:
    """Write the diff as another program would: Python's own, with its own context."""
    rows = difflib.unified_diff(
        [f"{line}\n" for line in old],
        [f"{line}\n" for line in new],
        f"a/{path}" if old else "/dev/null",
        f"b/{path}" if new else "/dev/null",
        n=2,
    )
    return "".join(rows)


def commit(clone: Repository, lines: list[str]) -> str:
    files = {"kept.txt": b"kept\n", **({"x.txt": text(lines).encode()} if lines else {})}
    blobs = {
        path: clone.git.run("hash-object", "-w", "--stdin", stdin=content).text
        for path, content in files.items()
    }
    entries = "".join(f"100644 blob {blob}\t{path}\n" for path, blob in blobs.items())
    tree = clone.git.run("mktree", stdin=entries.encode()).text
    return clone.commit_tree(tree, [], "Begin", AT)


@FEW
@given(old=LINES, new=LINES)
def test_applying_gives_exactly_the_edited_file(
    clone: Repository, old: list[str], new: list[str]
) -> None:
    if old == new:
        return
    base = commit(clone, old)
    change = clone.apply(base, unified("x.txt", old, new))
    assert change.tree == clone.git.text("rev-parse", f"{commit(clone, new)}^{{tree}}")
    assert change.paths == ("x.txt",)
    assert change.digest == hashlib.sha256(change.diff.encode()).hexdigest()
    assert clone.apply(base, change.diff) == change


@FEW
@given(old=LINES, new=LINES)
def test_taking_an_edit_back_gives_exactly_what_was(
    clone: Repository, old: list[str], new: list[str]
) -> None:
    if old == new:
        return
    base, tree = commit(clone, old), f"{commit(clone, new)}^{{tree}}"
    done = clone.commit_tree(tree, [base], "Edit", AT)
    back = clone.revert(done, done, "Enough.", AT)
    assert clone.diff(base, back) == ""
    with pytest.raises(NothingToRevert):
        clone.revert(done, back, "Enough.", AT)


@FEW
@given(content=st.binary(max_size=200), path=st.sampled_from(["a", "b/c", "d e/ü.md"]))
def test_committed_files_are_read_back_byte_for_byte(
    clone: Repository, tmp_path_factory: pytest.TempPathFactory, content: bytes, path: str
) -> None:
    commit_id = clone.commit_files("any", {path: content}, "Any", AT)
    assert clone.read(commit_id, path) == content
    copy: Path = tmp_path_factory.mktemp("copy")
    clone.export(commit_id, copy)
    assert (copy / path).read_bytes() == content
