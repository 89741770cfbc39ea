"""Children are started, restarted, and ended without a trace, with real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from selfimprove.bootstrap import ROOT

SCRIPT = """
import sys
from selfimprove.supervisor import Child, Supervisor, TooManyRestarts
code, once, grace = sys.argv[1], sys.argv[2] == "once", float(sys.argv[3])
child = Child("child", [sys.executable, "-u", "-c", code], once=once)
keeper = Child("keeper", [sys.executable, "-c", "import time; time.sleep(600)"])
try:
    sys.exit(Supervisor([child, keeper], say=lambda line: print(line, flush=True),
                        grace_seconds=grace, backoff_seconds=0.05).run())
except TooManyRestarts as error:
    sys.exit(str(error))
"""
PATIENT = "import time; print('started'); time.sleep(600)"
STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "os.fork(); print('started'); time.sleep(600)"
)
SHORT = "print('started')"
DYING = "import sys; print('started'); sys.exit(3)"


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def test_a_signal_ends_every_child_and_exits_cleanly(
    started: list[subprocess.Popen[str]],
) -> None:
    process = _supervise(started, PATIENT)
    children = _family(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert _alive(children) == []


def test_what_ignores_the_signal_is_killed_with_its_own_children_after_the_grace(
    started: list[subprocess.Popen[str]],
) -> None:
    process = _supervise(started, STUBBORN, grace=1)
    children = _family(process)
    assert len(children) == 3
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert _alive(children) == []


def test_a_second_signal_does_not_wait_for_the_grace(
    started: list[subprocess.Popen[str]],
) -> None:
    process = _supervise(started, STUBBORN, grace=500)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0


def test_killing_the_supervisor_leaves_no_process(
    started: list[subprocess.Popen[str]],
) -> None:
    process = _supervise(started, PATIENT)
    children = _family(process)
    process.kill()
    process.wait()
    assert _alive(children) == []


def test_a_child_that_keeps_dying_ends_everything_and_says_why(
    started: list[subprocess.Popen[str]],
) -> None:
    process = _supervise(started, DYING)
    assert process.wait(60) == 1
    assert process.stdout
    told = process.stdout.read()
    assert "ended with 3; starting it again" in told
    assert "ended 5 times within a minute (last exit code 3)" in told


def test_a_child_goes_on_when_nobody_reads_what_it_says(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    done = tmp_path / "done"
    chatty = f"print('started'); print('x\\n' * 300_000); open({str(done)!r}, 'w').close()"
    process = _supervise(started, f"{chatty}; {PATIENT}")
    assert process.stdout
    process.stdout.close()  # as in: up | head
    children = _family(process)
    deadline = time.monotonic() + 60
    while not done.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    assert _alive(children) == []


def test_a_child_that_may_end_well_is_not_started_again(
    started: list[subprocess.Popen[str]],
) -> None:
    process = _supervise(started, SHORT, once="once")
    time.sleep(2)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert process.stdout
    assert process.stdout.read().count("started") == 0


def _supervise(
    started: list[subprocess.Popen[str]], code: str, *, once: str = "", grace: float = 5
) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, code, once, str(grace)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    started.append(process)
    assert process.stdout
    assert "started" in process.stdout.readline()
    return process


def _family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    deadline = time.monotonic() + 60
    found: list[psutil.Process] = []
    while len(found) < 2 and time.monotonic() < deadline:
        found = psutil.Process(process.pid).children(recursive=True)
        time.sleep(0.05)
    return found


def _alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(processes, timeout=30)
    return alive
