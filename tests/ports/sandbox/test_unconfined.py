"""What holds where nothing stands between a command and us: does at least nothing remain?"""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ports.sandbox import Ending, Level, supervise
from ports.sandbox.unconfined import Unconfined
from tests.ports.sandbox.running import Runner, running


@pytest.fixture
def beside(tree: Path) -> Runner:
    return Runner("me", tree, Unconfined())


def test_it_says_that_nothing_holds_and_that_this_was_chosen() -> None:
    standing = Unconfined().examine()
    assert (standing.level, standing.enough) == (Level.L0, True)
    assert "as the operator's configuration allows" in standing.missing
    assert "bubblewrap" in standing.remedy


def test_a_crowd_of_processes_is_ended(beside: Runner) -> None:
    script = (
        "import os, time\nfor _ in range(400):\n    if os.fork() == 0:\n"
        "        time.sleep(86_541)\ntime.sleep(86_541)"
    )
    ran = beside(script)
    assert (ran.ended, ran.code) == (Ending.TOO_MANY_PROCESSES, None)
    assert len(ran.violations) == 1


def test_killing_the_one_who_watches_is_no_end_of_its_own(beside: Runner) -> None:
    script = (
        "import os, signal, time\nif os.fork() == 0:\n    time.sleep(0.2)\n    os.setsid()\n"
        "    os.execvp('sleep', ['sleep', '86542'])\nos.kill(os.getppid(), signal.SIGKILL)\n"
        "time.sleep(86_543)\n"
    )
    ran = beside(script)
    assert (ran.ended, ran.code) == (Ending.LOST, None)
    time.sleep(0.3)
    assert running("86542") == []


@pytest.mark.slow
def test_stopping_the_one_who_watches_leaves_nothing_behind(beside: Runner) -> None:
    script = (
        "import os, signal, sys, time\nif os.fork() == 0:\n    os.setsid()\n"
        "    os.execve('/bin/sleep', ['sleep', '86544'], {})\ntime.sleep(0.3)\n"
        "os.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(86_545)\n"
    )
    ran = beside(script, seconds=1)
    assert (ran.ended, ran.code) == (Ending.LOST, None)
    assert running("86544") == []


def test_its_folders_are_gone_afterwards(beside: Runner) -> None:
    script = (
        "import os, pathlib\npathlib.Path('left').write_text('x')\n"
        "pathlib.Path(os.environ['TMPDIR'], 'other').mkdir()"
    )
    ran = beside(script)
    assert ran.code == 0
    assert not Path(ran.tree).exists()
    assert not Path(ran.home).exists()


def test_descendants_are_found_whatever_their_session() -> None:
    child = subprocess.Popen(["sleep", "86546"], start_new_session=True)
    try:
        assert child.pid in supervise.descendants(os.getpid())
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
