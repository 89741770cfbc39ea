"""A command that outlives its worker never runs beside the next one."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from ports.deployer import Outcome
from ports.deployer.commands import CommandDeployer
from ports.deployer.left_running import NOTE, Note
from ports.deployer.processes import run
from ports.git import Git
from tests.ports.origins import make_bare, sha

SLOW = "import pathlib, time; p = pathlib.Path('../told.txt'); p.open('a').write('b');"
SLOW += "time.sleep({}); p.open('a').write('e')"


@dataclass(frozen=True)
class Slowly:
    """A step that says when it begins and when it ends."""

    seconds: float = 1.5
    timeout_seconds: float = 20.0
    name: str = "slowly"
    paths: tuple[str, ...] = ("**",)

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-c", SLOW.format(self.seconds))


@pytest.fixture
def origin(tmp_path: Path) -> Git:
    return make_bare(tmp_path / "origin.git", {"a.txt": "1\n"})


def told(tmp_path: Path) -> str:
    path = tmp_path / "told.txt"
    return path.read_text() if path.exists() else ""


def killed_while_it_runs(tmp_path: Path, origin: Git, step: Slowly) -> None:
    """Have a worker deploy, and kill it once the step has begun."""
    child = os.fork()
    if child == 0:
        try:
            deployer = CommandDeployer(tmp_path / "live", origin.git_dir)
            deployer.deploy(sha(origin, "main"), (step,), ("a.txt",))
        finally:
            os._exit(0)
    while told(tmp_path) != "b":
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def deployed(tmp_path: Path, origin: Git, step: Slowly) -> str:
    deployer = CommandDeployer(tmp_path / "live", origin.git_dir)
    (result,) = deployer.deploy(sha(origin, "main"), (step,), ("a.txt",))
    return str(result.outcome)


def test_the_next_deployment_waits_for_what_a_killed_worker_left_running(
    tmp_path: Path, origin: Git
) -> None:
    killed_while_it_runs(tmp_path, origin, Slowly())
    assert told(tmp_path) == "b"
    assert deployed(tmp_path, origin, Slowly(seconds=0)) == Outcome.PASSED
    assert told(tmp_path) == "bebe"


def test_what_overran_its_time_without_a_worker_is_ended(tmp_path: Path, origin: Git) -> None:
    killed_while_it_runs(tmp_path, origin, Slowly(seconds=600, timeout_seconds=2))
    assert deployed(tmp_path, origin, Slowly(seconds=0)) == Outcome.PASSED
    assert told(tmp_path) == "bbe"


def test_a_note_that_names_nobody_holds_nobody_up(tmp_path: Path) -> None:
    note = Note(tmp_path / NOTE)
    for text in ("", "garbage", "999999999 20", "-5 20", f"{os.getpid()} never"):
        note.path.write_text(text)
        os.utime(note.path, (1, 1))
        note.settle()
        assert not note.path.exists()


def test_a_number_that_another_process_has_now_is_not_waited_for(tmp_path: Path) -> None:
    note = Note(tmp_path / NOTE)
    with subprocess.Popen(["sleep", "60"]) as other:
        note.path.write_text(f"{other.pid} 600")
        os.utime(note.path, (time.time() - 600, time.time() - 600))
        note.settle()
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("command", ["no-such-program", "/etc/passwd", "bad\0name"])
def test_a_command_that_cannot_start_says_so_and_leaves_no_note(
    tmp_path: Path, command: str
) -> None:
    note = Note(tmp_path / NOTE)
    result = run("step", (command,), tmp_path, 5.0, note=note)
    assert (result.outcome, result.exit_code) == (Outcome.FAILED, None)
    assert result.output.startswith("it could not be started: ")
    assert not note.path.exists()


def test_a_command_that_cannot_be_noted_is_not_started_and_not_at_fault(tmp_path: Path) -> None:
    note = Note(tmp_path / "no such folder" / NOTE)
    with pytest.raises(OSError, match="step was not started, as it could not be noted"):
        run("step", ("touch", str(tmp_path / "ran")), tmp_path, 5.0, note=note)
    assert not (tmp_path / "ran").exists()


def test_a_command_gets_its_words_as_they_are(tmp_path: Path) -> None:
    words = ("a b", "$HOME", "`date`", "'\"", "*", "")
    code = "import sys; print(sys.argv[1:]); sys.exit(127)"
    result = run("x", (sys.executable, "-c", code, *words), tmp_path, 9, note=Note(tmp_path / "n"))
    assert result.output == f"{list(words)}\n"
    assert (result.outcome, result.exit_code) == (Outcome.FAILED, 127)
