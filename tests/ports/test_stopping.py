"""Does whatever a thread waits for end once its work is called off, and nothing else?"""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from ports import git as git_port
from ports.git import Git, GitFailed, GitTimedOut
from ports.llm import Attempt, PermanentError, Reply, TemporaryError
from ports.llm.attempts import Patience, persevere
from ports.sandbox.watch import members
from ports.stopping import CalledOff, awaited, cut_by, heed, is_stoppable, stoppable
from targets.locks import locked

SOON = 5.0  # seconds, on a machine that does other things


def after(seconds: float) -> Callable[[], bool]:
    """Be called off so many seconds from now."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() > until


@contextmanager
def ends_soon() -> Iterator[None]:
    began = time.monotonic()
    with pytest.raises(CalledOff):
        yield
    assert time.monotonic() - began < SOON


def test_nobody_can_call_off_what_nobody_said_so_of() -> None:
    heed()
    assert not is_stoppable()
    assert awaited(lambda: 7) == 7
    cut_by(lambda: None)


def test_the_inner_one_counts_and_the_outer_one_again_afterwards() -> None:
    with stoppable(lambda: False):
        with stoppable(lambda: True), pytest.raises(CalledOff):
            heed()
        heed()
        assert is_stoppable()
    assert not is_stoppable()


def test_it_is_of_this_thread_alone() -> None:
    seen: list[bool] = []
    with stoppable(lambda: True):
        thread = threading.Thread(target=lambda: seen.append(is_stoppable()))
        thread.start()
        thread.join()
    assert seen == [False]


def test_what_is_awaited_gives_its_answer_or_its_error() -> None:
    def broken() -> int:
        raise ValueError("no")

    with stoppable(lambda: False):
        assert awaited(lambda: 7) == 7
        with pytest.raises(ValueError, match="no"):
            awaited(broken)


def test_what_is_awaited_is_cut_short() -> None:
    ours, theirs = socket.socketpair()
    said: list[bytes] = []

    def listen() -> None:
        cut_by(lambda: ours.shutdown(socket.SHUT_RDWR))
        said.append(ours.recv(1))

    with closing(ours), closing(theirs), ends_soon(), stoppable(after(0.2)):
        awaited(listen)
    assert said == [b""]  # its thread came back, too


@pytest.fixture
def repository(tmp_path: Path) -> Git:
    folder = tmp_path / "it.git"
    git = Git(folder)
    git.run("init", "--quiet", "--bare", str(folder))
    return git


@contextmanager
def silent() -> Iterator[str]:
    """Be a server that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x.git"


def alive() -> set[int]:
    found = set()
    for pid in members(os.getpid()):
        with suppress(OSError):
            if "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text():
                found.add(pid)
    return found


def test_git_is_ended_with_whatever_it_started(repository: Git) -> None:
    before = alive()
    with silent() as address, ends_soon(), stoppable(after(0.5)):
        repository.run("fetch", address)  # which starts git-remote-http
    assert alive() <= before
    assert not list(repository.git_dir.rglob("*.lock"))


def test_git_is_not_begun_any_more(repository: Git) -> None:
    with stoppable(lambda: True), pytest.raises(CalledOff):
        repository.run("rev-parse", "HEAD")


def test_a_limit_still_holds_and_is_said_as_one(repository: Git) -> None:
    before = alive()
    with silent() as address, pytest.raises(GitTimedOut, match=r"no answer within 0\.5 seconds"):
        repository.run("fetch", address, timeout=0.5)
    with (
        silent() as address,
        stoppable(lambda: False),
        pytest.raises(GitTimedOut, match=r"no answer within 0\.5 seconds"),
    ):
        repository.run("fetch", address, timeout=0.5)
    assert alive() <= before


def test_git_that_somebody_else_kills_has_failed_and_was_not_called_off(
    repository: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = git_port._heard

    def killed(process: "subprocess.Popen[bytes]", limit: float) -> tuple[bytes, bytes]:
        os.killpg(process.pid, signal.SIGKILL)
        return real(process, limit)

    monkeypatch.setattr(git_port, "_heard", killed)
    with silent() as address, stoppable(lambda: False), pytest.raises(GitFailed) as failed:
        repository.run("fetch", address)
    assert failed.value.code == -signal.SIGKILL


def test_a_lock_that_another_holds_is_not_waited_for(tmp_path: Path) -> None:
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(tmp_path / "lock"):
            taken.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(10)
    try:
        with ends_soon(), stoppable(after(0.3)), locked(tmp_path / "lock"):
            pass
    finally:
        done.set()
        thread.join()
    with stoppable(lambda: False), locked(tmp_path / "lock"), locked(tmp_path / "lock"):
        heed()


class Model:
    """Fails, or answers late."""

    def __init__(self, *, wait: float = 0.0, error: Exception | None = None) -> None:
        self.wait, self.error, self.asked = wait, error, 0

    def __call__(self, end: float) -> Reply:
        self.asked += 1
        time.sleep(self.wait)
        if self.error:
            raise self.error
        return Reply(
            text="", model="m", stop_reason="end_turn", request_id="", input_tokens=1,
            output_tokens=1, cached_tokens=0, latency_ms=1,
        )  # fmt: skip


def test_a_question_that_is_called_off_may_have_cost_something() -> None:
    model = Model(wait=1.0)
    with stoppable(after(0.2)), pytest.raises(PermanentError) as ended:
        persevere(model, Patience())
    assert ended.value.kind == "called_off"
    assert ended.value.attempts == (Attempt(kind="called_off", usage_unknown=True),)


def test_a_pause_before_the_next_attempt_can_be_called_off_and_costs_nothing_more() -> None:
    model = Model(error=TemporaryError("overloaded", "busy", retry_after=30))
    began = time.monotonic()
    with stoppable(after(0.3)), pytest.raises(PermanentError) as ended:
        persevere(model, Patience())
    assert time.monotonic() - began < SOON
    assert [one.kind for one in ended.value.attempts] == ["overloaded"]
    assert model.asked == 1


def test_where_nobody_calls_it_off_it_is_asked_again_as_ever() -> None:
    slept: list[float] = []
    model = Model(error=TemporaryError("overloaded", "busy", retry_after=2))
    with pytest.raises(TemporaryError):
        persevere(model, Patience(sleep=slept.append))
    assert (slept, model.asked) == ([2.0, 2.0, 2.0], 4)
