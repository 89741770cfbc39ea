"""Does a diff become exactly the change that it describes, and leave nothing when refused?"""

import hashlib
from pathlib import Path

import pytest

from targets.repository import DiffDoesNotApply, Repository
from tests.targets.origins import AT, RETRY, create, edit, make_clone


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    return make_clone(tmp_path)


def stored_objects(repository: Repository) -> set[str]:
    return {str(p) for p in (repository.git_dir / "objects").rglob("*") if p.is_file()}


def test_a_diff_becomes_a_tree_that_can_be_read(clone: Repository) -> None:
    change = clone.apply(clone.head("main"), RETRY)
    assert clone.read(change.tree, "config/tools.yaml").endswith(b"retries: 2\n")
    assert clone.read(change.base, "config/tools.yaml").endswith(b"retries: 0\n")
    (file,) = change.files
    assert (file.path, file.status, file.added, file.removed) == ("config/tools.yaml", "M", 1, 1)
    assert (file.old_mode, file.new_mode) == ("100644", "100644")


def test_the_digest_is_that_of_the_canonical_diff_and_does_not_depend_on_the_wording(
    clone: Repository,
) -> None:
    base = clone.head("main")
    plain = clone.apply(base, RETRY)
    wordy = clone.apply(base, f"Here is the fix, as asked:\n\n{RETRY}")
    assert plain.digest == wordy.digest == hashlib.sha256(plain.diff.encode()).hexdigest()
    assert clone.apply(base, plain.diff) == plain


def test_a_final_newline_may_be_missing(clone: Repository) -> None:
    assert clone.apply(clone.head("main"), RETRY.rstrip("\n")).files[0].added == 1


def test_the_tree_decides_where_headers_and_names_disagree(clone: Repository) -> None:
    diff = edit("README.md", "# Gateway", "# Changed").replace("+++ b/README.md", "+++ b/else.md")
    change = clone.apply(clone.head("main"), diff)
    assert {(f.path, f.status) for f in change.files} == {("README.md", "D"), ("else.md", "A")}


def test_a_quoted_name_is_told_as_git_writes_it(clone: Repository) -> None:
    diff = edit("README.md", "# Gateway", "# Changed").replace("a/README.md", '"a/\\122EADME.md"')
    diff = diff.replace(" b/README.md", ' "b/\\122EADME.md"')
    assert clone.apply(clone.head("main"), diff).paths == ("README.md",)


def test_an_absolute_name_is_told_as_the_file_of_the_tree_that_it_makes(clone: Repository) -> None:
    diff = create("/etc/passwd").replace("b//", "/")
    assert clone.apply(clone.head("main"), diff).paths == ("etc/passwd",)


def test_a_rename_is_told_as_a_removal_and_an_addition(clone: Repository) -> None:
    diff = (
        "diff --git a/README.md b/NEW.md\nsimilarity index 100%\n"
        "rename from README.md\nrename to NEW.md\n"
    )
    change = clone.apply(clone.head("main"), diff)
    assert {(f.path, f.status) for f in change.files} == {("NEW.md", "A"), ("README.md", "D")}


def test_an_executable_file_is_reported_by_its_mode(clone: Repository) -> None:
    change = clone.apply(clone.head("main"), create("run.sh", mode="100755"))
    assert change.files[0].new_mode == "100755"


REFUSED = {
    "nothing": ("", "empty"),
    "prose": ("please raise the timeout\n", "patch"),
    "wrong context": (RETRY.replace("search", "fetch"), "does not apply"),
    "wrong counts": (RETRY.replace("@@ -1,4 +1,4 @@", "@@ -1,9 +1,9 @@"), "corrupt"),
    "unknown file": (edit("nowhere.txt", "a", "b"), "nowhere.txt"),
    "outside": (create("../escape.txt"), "invalid path"),
    "git folder": (create(".git/hooks/pre-commit"), "invalid path"),
    "git folder in disguise": (create(".GIT/config"), "invalid path"),
    "git folder with an invisible sign": (create(".g\u200cit/config"), "invalid path"),
    "git folder in full width": (create("\uff0egit/config"), "git's own folder"),
    "symbolic link": (create("link", "/etc/passwd", mode="120000"), "symbolic link"),
    "submodule": (create("sub", f"Subproject commit {'1' * 40}", mode="160000"), "submodule"),
    "copy of an untracked file": (
        "diff --git a/.env b/x\nsimilarity index 100%\ncopy from .env\ncopy to x\n",
        ".env",
    ),
    "binary": (
        "diff --git a/x.bin b/x.bin\nnew file mode 100644\nindex 0000000..8352675\n"
        "GIT binary patch\nliteral 5\nMcmZQzWMT#Y01f~L\n\nliteral 0\nHcmV?d00001\n\n",
        "",
    ),
    "a NUL byte": (create("x", "a\0b"), "NUL"),
    "half a character": (create("x", "\udce9"), "UTF-8"),
    "too much": ("# " + "x" * 1_100_000, "allowed"),
    "no effect": (
        "diff --git a/README.md b/README.md\nold mode 100644\nnew mode 100644\n",
        "",
    ),
}


@pytest.mark.parametrize(("diff", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_diff_says_why_and_leaves_nothing(
    clone: Repository, diff: str, reason: str
) -> None:
    before = stored_objects(clone)
    with pytest.raises(DiffDoesNotApply) as refusal:
        clone.apply(clone.head("main"), diff)
    assert reason in refusal.value.reason
    assert refusal.value.reason
    assert stored_objects(clone) == before
    assert list((clone.git_dir / "quarantine").glob("*")) == []


def test_writing_through_a_link_of_the_same_diff_is_refused(clone: Repository) -> None:
    diff = create("link", "/srv", mode="120000") + create("link/planted.txt")
    with pytest.raises(DiffDoesNotApply):
        clone.apply(clone.head("main"), diff)


def test_text_that_is_not_utf8_is_refused_because_nobody_could_read_it_exactly(
    tmp_path: Path,
) -> None:
    clone = make_clone(tmp_path, {"old.txt": b"caf\xe9\nsecond\n"})
    diff = "--- a/old.txt\n+++ b/old.txt\n@@ -2 +2,2 @@\n second\n+third\n"
    with pytest.raises(DiffDoesNotApply, match="UTF-8"):
        clone.apply(clone.head("main"), diff)


def test_a_change_between_two_commits_reads_like_an_applied_one(clone: Repository) -> None:
    base = clone.head("main")
    change = clone.apply(base, RETRY)
    head = clone.commit_tree(change.tree, [base], "Retry", AT)
    assert clone.between(base, head) == change
    assert clone.diff(base, head) == change.diff
    assert clone.changed_paths(base, head) == ("config/tools.yaml",)
