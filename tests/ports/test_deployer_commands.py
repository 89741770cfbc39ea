"""Does a deployment survive commands and folders that misbehave?"""

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from ports.deployer import Outcome, PermanentError, StepResult
from ports.deployer.checkout import MARKER
from ports.deployer.commands import CommandDeployer, matches
from ports.deployer.processes import LARGEST_OUTPUT, run
from ports.git import Git
from tests.ports.origins import commit, make_bare, sha


def python(code: str, folder: Path, timeout: float = 20.0) -> StepResult:
    return run("step", (sys.executable, "-c", code), folder, timeout)


def ended(pid: int) -> bool:
    """Give a killed process a moment to go, and tell whether it did."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_a_step_that_hangs_is_ended_with_all_its_children(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(86400)']); "
        "print(child.pid, flush=True); time.sleep(86400)"
    )
    result = python(code, tmp_path, timeout=1.0)
    assert (result.outcome, result.exit_code) == (Outcome.TIMED_OUT, None)
    assert ended(int(result.output))


def test_a_daemon_left_behind_does_not_hold_up_the_step(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; "
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)']); print('started')"
    )
    result = python(code, tmp_path)
    assert (result.outcome, result.output) == (Outcome.PASSED, "started\n")
    assert result.seconds < 30


def test_the_end_of_a_long_output_is_kept(tmp_path: Path) -> None:
    code = "for n in range(60000): print('line', n)\nprint('the end')"
    output = python(code, tmp_path).output
    assert output.endswith("the end\n")
    assert output.startswith("[")
    assert "earlier bytes left out" in output.splitlines()[0]
    assert len(output) < LARGEST_OUTPUT + 100


def test_output_that_is_not_text_is_shown_as_far_as_it_is(tmp_path: Path) -> None:
    output = python("import os; os.write(2, b'caf\\xe9\\0!')", tmp_path).output
    assert output == "caf\ufffd\ufffd!"


def test_a_flood_that_never_ends_is_ended(tmp_path: Path) -> None:
    result = python("while True: print('x' * 1000)", tmp_path, timeout=1.0)
    assert result.outcome == Outcome.TIMED_OUT
    assert result.seconds < 3


def test_a_step_sees_nothing_of_our_environment(tmp_path: Path) -> None:
    os.environ["SELFIMPROVE_TEST_SECRET"] = "hunter2"
    try:
        result = python("import os; print(sorted(os.environ))", tmp_path)
    finally:
        del os.environ["SELFIMPROVE_TEST_SECRET"]
    seen = set(eval(result.output))  # noqa: S307 - the list was printed by the line above
    assert seen <= {"PATH", "HOME", "LANG", "LC_CTYPE"}


@pytest.mark.parametrize("command", ["no-such-program", "/etc/passwd", "bad\0name"])
def test_a_command_that_cannot_start_has_failed(tmp_path: Path, command: str) -> None:
    result = run("step", (command,), tmp_path, 5.0)
    assert (result.outcome, result.exit_code) == (Outcome.FAILED, None)
    assert "could not be started" in result.output


def test_a_move_that_was_killed_half_way_is_completed(tmp_path: Path) -> None:
    origin = make_bare(tmp_path / "origin.git", {"a.txt": "1\n", "b.txt": "1\n"})
    first = sha(origin, "main")
    deployer = CommandDeployer(tmp_path / "live", origin.git_dir)
    deployer.deploy(first, (), ())
    second = commit(origin, "main", {"a.txt": "2\n", "b.txt": "2\n", "c.txt": "2\n"})
    Git(tmp_path / "live" / ".git").run("fetch", "-q", str(origin.git_dir), "main")
    (tmp_path / "live" / ".git" / MARKER).write_text(second)
    (tmp_path / "live" / ".git" / "index.lock").write_text("")
    (tmp_path / "live" / "a.txt").write_text("2\n")
    (tmp_path / "live" / "c.txt").write_text("half")
    deployer.deploy(first, (), ())
    assert sorted(os.listdir(tmp_path / "live")) == [".git", "a.txt", "b.txt"]  # noqa: PTH208
    assert (tmp_path / "live" / "a.txt").read_text() == "1\n"


def test_a_folder_that_holds_something_else_is_not_taken(tmp_path: Path) -> None:
    origin = make_bare(tmp_path / "origin.git", {"a.txt": "1\n"})
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / "precious.txt").write_text("mine")
    with pytest.raises(PermanentError, match="neither empty nor a git checkout"):
        CommandDeployer(tmp_path / "live", origin.git_dir).deploy(sha(origin, "main"), (), ())
    assert not (tmp_path / "live" / ".git").exists()


def test_a_hook_in_the_deployed_checkout_does_not_run(tmp_path: Path) -> None:
    origin = make_bare(tmp_path / "origin.git", {"a.txt": "1\n"})
    deployer = CommandDeployer(tmp_path / "live", origin.git_dir)
    deployer.deploy(sha(origin, "main"), (), ())
    hook = tmp_path / "live" / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    deployer.deploy(commit(origin, "main", {"a.txt": "2\n"}), (), ())
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("**", "a/b.py", True),
        ("**/b.py", "b.py", True),
        ("**/b.py", "a/c/b.py", True),
        ("*.py", "a/b.py", False),
        ("a/?.py", "a/b.py", True),
        ("a.c", "abc", False),
        ("config", "config/a.yaml", False),
        ("a+(b)", "a+(b)", True),
        ("**", "new\nline", True),
    ],
)
def test_a_star_stays_in_its_folder_and_two_cross(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path) is fits
