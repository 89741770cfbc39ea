"""Does git do what we say and nothing that a repository or the environment says?"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ports.git import Git, GitFailed, GitMissing, GitTimedOut, identity
from tests.ports.origins import commit, make_bare, sha


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return make_bare(tmp_path / "x.git", {"a.txt": "1\n"})


@contextmanager
def environment(**values: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_a_failure_carries_gits_own_words(git: Git) -> None:
    with pytest.raises(GitFailed, match="Not a valid object name") as failure:
        git.run("cat-file", "blob", "nowhere")
    assert failure.value.code == 128


def test_an_exit_code_may_be_an_answer(git: Git) -> None:
    assert git.run("config", "--get", "no.such", accept=(0, 1)).code == 1


def test_binary_input_and_output_pass_unchanged(git: Git) -> None:
    content = bytes(range(256)) * 5000 + b"\n\n"
    blob = git.run("hash-object", "-w", "--stdin", stdin=content).text
    assert git.run("cat-file", "blob", blob).stdout == content


def test_a_command_that_hangs_is_killed_and_named_so(git: Git) -> None:
    with pytest.raises(GitTimedOut, match="no answer within"):
        git.run("-c", "alias.wait=!sleep 86400", "wait", timeout=0.5)


def test_our_environment_does_not_reach_git(git: Git, tmp_path: Path) -> None:
    with environment(
        GIT_DIR="/nonexistent",
        GIT_INDEX_FILE="/nonexistent",
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0="alias.rev-parse",
        GIT_CONFIG_VALUE_0="!false",
        GIT_TRACE=str(tmp_path / "trace"),
        SECRET_TOKEN="hunter2",
    ):
        assert git.text("rev-parse", "--git-dir") == str(git.git_dir)
        shown = git.text("-c", "alias.show-env=!env", "show-env")
    assert "hunter2" not in shown
    assert not (tmp_path / "trace").exists()


def test_the_users_own_settings_do_not_reach_git(git: Git, tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Somebody\n[init]\n\tx = 1\n")
    with environment(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path)):
        assert git.run("config", "--get", "user.name", accept=(0, 1)).code == 1


def test_hooks_and_monitors_of_a_repository_do_not_run(git: Git, tmp_path: Path) -> None:
    script = tmp_path / "planted"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    script.chmod(0o755)
    hooks = git.git_dir / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "post-update", "post-checkout"):
        (hooks / name).symlink_to(script)
    git.run("config", "core.fsmonitor", str(script))
    git.run("config", "core.hooksPath", str(hooks))
    git.run("config", "core.bare", "false")
    commit(git, "main", {"a.txt": "2\n"})
    work = tmp_path / "work"
    work.mkdir()
    tree = Git(git.git_dir, work_tree=work)
    tree.run("checkout", "--quiet", "--force", "main")
    tree.run("status", "--porcelain")
    assert (work / "a.txt").read_text() == "2\n"
    assert not (tmp_path / "ran").exists()


def test_a_command_as_remote_address_is_not_run(git: Git, tmp_path: Path) -> None:
    git.run("config", "protocol.ext.allow", "always")
    with pytest.raises(GitFailed, match="ext"):
        git.run("fetch", f"ext::touch {tmp_path}/ran")
    assert not (tmp_path / "ran").exists()


def test_the_words_of_git_are_english_and_never_a_prompt(git: Git) -> None:
    with environment(LC_ALL="de_DE.UTF-8", LANGUAGE="de"), pytest.raises(GitFailed) as failure:
        git.run("fetch", "/nonexistent/repository.git")
    assert "does not appear to be a git repository" in failure.value.words


def test_a_missing_git_is_told_as_such(git: Git, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "env").symlink_to("/usr/bin/env")
    with environment(PATH=str(tmp_path / "bin")), pytest.raises(GitMissing, match="install it"):
        git.run("rev-parse", "HEAD")


def test_an_author_cannot_break_the_header(git: Git) -> None:
    signed = identity("Eve <eve@x>\nauthor Mallory", 1_700_000_000)
    made = git.run("commit-tree", sha(git, "main^{tree}"), stdin=b"m\n", environment=signed).text
    raw = git.text("cat-file", "commit", made)
    assert raw.count("author ") == 2
    assert raw.splitlines()[1].startswith(
        "author Eve eve@xauthor Mallory <eve-eve-xauthor-mallory"
    )
    assert identity("<>", 0)["GIT_AUTHOR_NAME"] == "selfimprove"


def test_fields_of_a_nul_separated_output(git: Git) -> None:
    commit(git, "main", {"with blank.txt": "1\n", "ünï.txt": "2\n"})
    assert git.run("ls-tree", "-r", "-z", "--name-only", "main").fields() == [
        "a.txt",
        "with blank.txt",
        "ünï.txt",
    ]
    assert git.run("ls-tree", "-z", "main", "--", "nowhere").fields() == []
