"""What does a worker leave in a clone that is killed at any moment?"""

import os
import random
import signal
import time
from pathlib import Path

from targets.quarantine import (
    ABANDONED_AFTER_SECONDS,
    FOLDER,
    LOCK_ABANDONED_AFTER_SECONDS,
    sweep,
)
from targets.repository import Repository
from tests.targets.origins import AT, create, make_clone

ROUNDS = 15


def work_until_killed(git_dir: Path) -> None:
    """Apply and commit without end, in a process of its own."""
    repository = Repository(git_dir)
    base = repository.head("main")
    number = len(repository.log("notes", 10_000)) if repository.ref("refs/heads/notes") else 0
    while True:
        change = repository.apply(base, create("new.py", f"x = {number}"))
        content = repository.read(change.tree, "new.py")
        repository.commit_files("notes", {f"{number}.md": content}, f"Note {number}", AT)
        number += 1


def killed_worker(git_dir: Path, after: float) -> None:
    """Start a worker in a group of its own, and kill the whole group."""
    child = os.fork()
    if child == 0:
        os.setsid()
        try:
            work_until_killed(git_dir)
        finally:
            os._exit(1)
    time.sleep(after)
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:  # it had no time yet to open a group, nor to start anything
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_a_clone_survives_workers_that_are_killed_at_any_moment(tmp_path: Path) -> None:
    clone = make_clone(tmp_path)
    clone.commit_files("notes", {"begin.md": b"0\n"}, "Begin", AT)
    chance = random.Random(7)  # noqa: S311 - moments to kill at, not secrets
    for _ in range(ROUNDS):
        killed_worker(clone.git_dir, 0.05 + chance.random() * 0.2)
    clone.fetch()
    before = clone.head("notes")
    after = clone.commit_files("notes", {"after.md": b"1\n"}, "After", AT)
    assert clone.log("notes", 1)[0].parents == (before,)
    assert "after.md" in clone.paths(after)
    assert clone.git.run("fsck", "--no-dangling").code == 0


def test_what_killed_workers_left_is_swept_and_what_runs_is_not(tmp_path: Path) -> None:
    clone = make_clone(tmp_path)
    old, running = (clone.git_dir / FOLDER / name for name in ("old", "running"))
    for folder in (old, running):
        (folder / "objects" / "ab").mkdir(parents=True)
        (folder / "objects" / "ab" / "cd").write_bytes(b"x")
    past = time.time() - ABANDONED_AFTER_SECONDS - 5
    os.utime(old, (past, past))
    assert sweep(clone.git_dir) == 1
    assert not old.exists()
    assert running.exists()
    os.utime(running, (past, past))
    clone.fetch()
    assert not running.exists()


def test_a_lock_left_on_a_ref_does_not_block_it_for_ever(tmp_path: Path) -> None:
    clone = make_clone(tmp_path)
    first = clone.commit_files("notes", {"a.md": b"1"}, "One", AT)
    lock = clone.git_dir / "refs" / "heads" / "notes.lock"
    lock.touch()
    assert sweep(clone.git_dir) == 0
    past = time.time() - LOCK_ABANDONED_AFTER_SECONDS - 5
    os.utime(lock, (past, past))
    clone.fetch()
    second = clone.commit_files("notes", {"a.md": b"2"}, "Two", AT)
    assert clone.log("notes", 1)[0].parents == (first,)
    assert clone.head("notes") == second
