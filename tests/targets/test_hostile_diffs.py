"""Is what a sly diff does told by the tree that it makes, whatever its text pretends?"""

from pathlib import Path

import pytest

from targets.repository import Change, DiffDoesNotApply, Repository
from tests.targets.origins import AT, FILES, RETRY, create, edit, make_clone


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    files = {
        **FILES,
        "docker-compose.yml": b"services: {}\n",
        "tool.py": b"print(1)\n",
        "logo.png": bytes(range(256)),
    }
    return make_clone(tmp_path, files)


def apply(clone: Repository, diff: str) -> Change:
    return clone.apply(clone.head("main"), diff)


def told(change: Change) -> dict[str, str]:
    return {file.path: file.status for file in change.files}


def test_any_first_folder_counts_as_prefix(clone: Repository) -> None:
    diff = edit("docker-compose.yml", "services: {}", "services: {x: 1}")
    assert told(apply(clone, diff.replace("a/docker", "x/docker").replace("b/docker", "x/docker")))
    assert told(apply(clone, diff)) == {"docker-compose.yml": "M"}


def test_a_second_diff_after_prose_counts_too(clone: Repository) -> None:
    hidden = f"{RETRY}\nThat is all.\n\n{edit('docker-compose.yml', 'services: {}', 'x: 1')}"
    assert told(apply(clone, hidden)) == {"config/tools.yaml": "M", "docker-compose.yml": "M"}


def test_attributes_of_the_tree_hide_nothing(clone: Repository) -> None:
    clone.commit_files("main", {".gitattributes": b"* -diff binary export-ignore\n"}, "Hide", AT)
    change = apply(clone, edit("tool.py", "print(1)", "print(2)"))
    assert "+print(2)" in change.diff
    assert (change.files[0].added, change.files[0].binary) == (1, False)


def test_attributes_made_by_the_diff_itself_hide_nothing(clone: Repository) -> None:
    diff = create(".gitattributes", "*.py -diff") + edit("tool.py", "print(1)", "print(2)")
    change = apply(clone, diff)
    assert told(change) == {".gitattributes": "A", "tool.py": "M"}
    assert "+print(2)" in change.diff


def test_a_change_of_mode_alone_is_a_change(clone: Repository) -> None:
    change = apply(clone, "diff --git a/tool.py b/tool.py\nold mode 100644\nnew mode 100755\n")
    (file,) = change.files
    assert (file.status, file.old_mode, file.new_mode) == ("M", "100644", "100755")
    assert (file.added, file.removed) == (0, 0)


def test_special_bits_of_a_mode_do_not_reach_the_tree(clone: Repository) -> None:
    change = apply(clone, create("run.sh", mode="104755"))
    assert change.files[0].new_mode == "100755"


def test_a_file_that_becomes_a_link_is_refused(clone: Repository) -> None:
    diff = (
        "diff --git a/tool.py b/tool.py\ndeleted file mode 100644\n--- a/tool.py\n+++ /dev/null\n"
        "@@ -1 +0,0 @@\n-print(1)\n"
    ) + create("tool.py", "../.env", mode="120000")
    with pytest.raises(DiffDoesNotApply, match="symbolic link"):
        apply(clone, diff)


def test_a_link_that_is_already_there_can_be_removed_but_not_bent(tmp_path: Path) -> None:
    clone = make_clone(tmp_path)
    blob = clone.git.run("hash-object", "-w", "--stdin", stdin=b"README.md").text
    tree = clone.git.run("mktree", stdin=f"120000 blob {blob}\tlink\n".encode()).text
    base = clone.commit_tree(tree, [], "Link", AT)
    removal = (
        "diff --git a/link b/link\ndeleted file mode 120000\n--- a/link\n+++ /dev/null\n"
        "@@ -1 +0,0 @@\n-README.md\n\\ No newline at end of file\n"
    )
    assert told(clone.apply(base, removal)) == {"link": "D"}
    bent = (
        "diff --git a/link b/link\n--- a/link\n+++ b/link\n@@ -1 +1 @@\n-README.md\n"
        "\\ No newline at end of file\n+/etc/passwd\n\\ No newline at end of file\n"
    )
    with pytest.raises(DiffDoesNotApply):
        clone.apply(base, bent)


def test_a_binary_file_is_not_even_removed_unseen(clone: Repository) -> None:
    diff = (
        "diff --git a/logo.png b/logo.png\ndeleted file mode 100644\n"
        f"index {clone.git.text('rev-parse', 'origin/main:logo.png')}..{'0' * 40}\n"
        "GIT binary patch\nliteral 0\nHcmV?d00001\n\nliteral 0\nHcmV?d00001\n\n"
    )
    with pytest.raises(DiffDoesNotApply):
        apply(clone, diff)


def test_a_copy_is_told_as_a_new_file_with_all_its_lines(clone: Repository) -> None:
    diff = (
        "diff --git a/gateway/app.py b/copy.py\nsimilarity index 100%\n"
        "copy from gateway/app.py\ncopy to copy.py\n"
    )
    (file,) = apply(clone, diff).files
    assert (file.path, file.status, file.added) == ("copy.py", "A", 30)


@pytest.mark.parametrize(
    "name", ["new\\nline.py", "\\033[31mred.py", "tab\\there.py", 'quote\\".py', "\\303\\274.py"]
)
def test_a_strange_name_is_told_as_it_is(clone: Repository, name: str) -> None:
    diff = (
        f'diff --git "a/{name}" "b/{name}"\nnew file mode 100644\n--- /dev/null\n+++ "b/{name}"\n'
        "@@ -0,0 +1 @@\n+x\n"
    )
    change = apply(clone, diff)
    spoken = name.encode().decode("unicode_escape").encode("latin-1").decode()
    assert change.paths == (spoken,)
    assert clone.read(change.tree, spoken) == b"x\n"
    assert clone.apply(change.base, change.diff) == change


def test_a_name_that_is_not_text_is_refused(clone: Repository) -> None:
    diff = create("x.py").replace(" a/x.py b/x.py", ' "a/\\377.py" "b/\\377.py"')
    with pytest.raises(DiffDoesNotApply, match="UTF-8"):
        apply(clone, diff.replace("b/x.py", '"b/\\377.py"'))


def test_a_folder_cannot_hide_under_a_file(clone: Repository) -> None:
    with pytest.raises(DiffDoesNotApply):
        apply(clone, create("tool.py/inner.py"))


def test_three_hundred_files_are_all_told(clone: Repository) -> None:
    change = apply(clone, "".join(create(f"many/{n}.txt") for n in range(300)))
    assert len(change.files) == 300
    assert sum(file.added for file in change.files) == 300
