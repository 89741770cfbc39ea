"""Can many workers use one clone at once?"""

import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from targets.locks import locked
from targets.repository import ZERO, Repository
from tests.targets.origins import AT, create, make_clone

WORKERS = 12


def propose(git_dir: Path, number: int) -> str:
    """Apply a diff, commit it on a branch of its own and note it on the shared branch."""
    repository = Repository(git_dir)
    base = repository.head("main")
    change = repository.apply(base, create(f"new_{number}.py", f"x = {number}"))
    commit = repository.commit_tree(change.tree, [base], f"Change {number}", AT)
    repository.update_ref(f"refs/heads/work-{number}", commit, ZERO)
    repository.commit_files("notes", {f"{number}.md": b"done\n"}, f"Note {number}", AT)
    return commit


def check(repository: Repository) -> None:
    notes = repository.head("notes")
    assert sorted(repository.paths(notes)) == sorted(f"{n}.md" for n in range(WORKERS))
    assert len(repository.log("notes", 50)) == WORKERS
    for number in range(WORKERS):
        content = repository.read(repository.head(f"work-{number}"), f"new_{number}.py")
        assert content == f"x = {number}\n".encode()
    assert repository.git.text("fsck", "--strict", "--no-dangling") == ""
    assert list((repository.git_dir / "quarantine").iterdir()) == []


def test_twelve_threads_apply_and_commit_at_once(tmp_path: Path) -> None:
    clone = make_clone(tmp_path)
    with ThreadPoolExecutor(WORKERS) as pool:
        commits = list(pool.map(lambda n: propose(clone.git_dir, n), range(WORKERS)))
    assert len(set(commits)) == WORKERS
    check(clone)


def test_twelve_processes_apply_and_commit_at_once(tmp_path: Path) -> None:
    clone = make_clone(tmp_path)
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(WORKERS, mp_context=fork) as pool:
        commits = list(pool.map(propose, [clone.git_dir] * WORKERS, range(WORKERS)))
    assert len(set(commits)) == WORKERS
    check(clone)


def test_everybody_may_fetch_and_make_the_clone_at_once(tmp_path: Path) -> None:
    make_clone(tmp_path)

    def work(_: int) -> str:
        clone = Repository.create(tmp_path / "new.git", origin=str(tmp_path / "origin.git"))
        clone.fetch()
        return clone.head("main")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(8)))) == 1
    assert not list(tmp_path.glob(".new.git.*"))


def test_a_thread_may_take_its_own_lock_again(tmp_path: Path) -> None:
    clone = make_clone(tmp_path)
    with clone.lock(), clone.lock():
        clone.fetch()
        clone.commit_files("notes", {"a.md": b"x"}, "Note", AT)


def test_a_killed_holder_leaves_no_lock_behind(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        with locked(tmp_path / "x.lock"):
            (tmp_path / "held").touch()
            time.sleep(60)
        os._exit(0)
    while not (tmp_path / "held").exists():
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with locked(tmp_path / "x.lock"):
        (tmp_path / "taken").touch()
    assert (tmp_path / "taken").exists()
