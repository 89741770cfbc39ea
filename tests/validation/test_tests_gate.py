"""Do a target's tests say something about the change, and end whatever they try?"""

import time
from pathlib import Path

import psutil
import pytest

from targets.manifest import Manifest
from targets.repository import Change, Repository
from tests.validation.changing import ask, changed, make_repository, manifest_with_tests
from validation.gates import tests
from validation.models import Outcome
from validation.verdicts import CouldNotRun, GateVerdict

SUITE = b"""
import unittest
import app

class Answer(unittest.TestCase):
    def test_it(self):
        self.assertEqual(app.ANSWER, 42)
"""
FILES = {"app.py": b"ANSWER = 42\n", "test_app.py": SUITE}
UNITTEST = ("python3", "-m", "unittest", "test_app")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path, {**FILES, "script.py": b""})


def tried(
    repository: Repository, change: Change, *command: str, seconds: float = 20
) -> GateVerdict:
    manifest = manifest_with_tests(*command, seconds=seconds)
    return ask(tests, change, repository, manifest=manifest)


def with_script(repository: Repository, script: str, *, seconds: float = 20) -> GateVerdict:
    """Run a script as the tests: empty before, it is written by the change."""
    change = changed(repository, {"script.py": script})
    return tried(repository, change, "python3", "script.py", seconds=seconds)


def test_a_change_that_keeps_the_tests_green_passes(repository: Repository) -> None:
    verdict = tried(repository, changed(repository, {"app.py": "ANSWER = 6 * 7\n"}), *UNITTEST)
    assert verdict.outcome == Outcome.PASSED


def test_a_change_that_breaks_them_is_refused_with_their_words(repository: Repository) -> None:
    verdict = tried(repository, changed(repository, {"app.py": "ANSWER = 41\n"}), *UNITTEST)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.summary == "This change broke 1 test: test_app.Answer.test_it."
    assert verdict.findings[0].path == "test_app.py"
    assert "AssertionError: 41 != 42" in verdict.findings[0].message


def test_tests_that_fail_before_the_change_are_told_apart(tmp_path: Path) -> None:
    broken = make_repository(tmp_path, {"app.py": b"ANSWER = 1\n", "test_app.py": SUITE})
    verdict = tried(broken, changed(broken, {"app.py": "ANSWER = 2\n"}), *UNITTEST)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.summary == (
        "No test passes with the change, so nothing shows that it is harmless."
        " On the base, 1 test failed already: test_app.Answer.test_it."
    )


def test_a_change_that_mends_failing_tests_passes(tmp_path: Path) -> None:
    broken = make_repository(tmp_path, {"app.py": b"ANSWER = 1\n", "test_app.py": SUITE})
    verdict = tried(broken, changed(broken, {"app.py": "ANSWER = 42\n"}), *UNITTEST)
    assert verdict.outcome == Outcome.PASSED
    assert "The change mends test_app.Answer.test_it." in verdict.summary


def test_a_target_without_tests_is_named_as_such(repository: Repository) -> None:
    change = changed(repository, {"app.py": "ANSWER = 42 \n"})
    verdict = ask(tests, change, repository, manifest=Manifest())
    assert verdict.outcome == Outcome.NOT_RUN
    assert "names no tests" in verdict.summary


def test_a_command_that_is_not_there_could_not_run(repository: Repository) -> None:
    change = changed(repository, {"app.py": "ANSWER = 42 \n"})
    with pytest.raises(CouldNotRun, match="could not be started"):
        tried(repository, change, "no-such-command")


def test_tests_that_hang_run_out_of_time(repository: Repository) -> None:
    verdict = with_script(repository, "import time\ntime.sleep(86400)\n", seconds=1)
    assert verdict.outcome == Outcome.REFUSED
    assert "run out of time with the change" in verdict.summary


def alive(mark: str) -> list[int]:
    """Return the processes that still sleep for this many seconds."""
    running = psutil.process_iter(["cmdline"])
    return [found.pid for found in running if found.info["cmdline"] == ["sleep", mark]]


SURVIVOR = """
import os, signal, sys, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.execvpe("sleep", ["sleep", "{mark}"], {{"PATH": os.environ["PATH"]}})
time.sleep({wait})
"""


@pytest.mark.parametrize(("wait", "mark"), [("0.3", "86411"), ("60", "86412")])
def test_nothing_that_was_forked_away_survives(
    repository: Repository, wait: str, mark: str
) -> None:
    with_script(repository, SURVIVOR.format(wait=wait, mark=mark), seconds=2)
    alive = [
        p.pid for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", mark]
    ]
    assert alive == []


CROWD = """
import os, time
for _ in range(400):
    if os.fork() == 0:
        time.sleep(86416)
time.sleep(86416)
"""


def test_tests_that_start_a_crowd_of_processes_are_ended(repository: Repository) -> None:
    verdict = with_script(repository, CROWD)
    assert "start too many processes with the change" in verdict.summary


def test_a_flood_of_output_is_kept_in_part(repository: Repository) -> None:
    script = (
        "import sys\nprint('begins')\nfor _ in range(3000):\n    print('x' * 10_000)\n"
        "print('ends')\nsys.exit(1)\n"
    )
    verdict = with_script(repository, script)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.findings[0].message.endswith("ends")
    assert len(verdict.findings[0].message) < 20_000


def test_output_that_is_held_open_does_not_hold_us(repository: Repository) -> None:
    script = "import subprocess\nsubprocess.Popen(['sleep', '86413'], start_new_session=True)\n"
    verdict = with_script(repository, script)
    assert verdict.summary.startswith("The tests pass,")


def test_killing_the_supervisor_is_no_way_to_pass(repository: Repository) -> None:
    script = (
        "import os, signal, time\nif os.fork() == 0:\n    time.sleep(0.2)\n    os.setsid()\n"
        "    os.execvp('sleep', ['sleep', '86414'])\nos.kill(os.getppid(), signal.SIGKILL)\n"
        "time.sleep(86415)\n"
    )
    with pytest.raises(CouldNotRun, match="ended the process that watches them"):
        with_script(repository, script)
    time.sleep(0.3)
    assert alive("86414") == []


def test_a_huge_file_is_refused_by_the_system(repository: Repository) -> None:
    script = "f = open('big', 'wb')\nf.seek(300 * 1024 * 1024)\nf.write(b'x')\nf.flush()\n"
    assert with_script(repository, script).outcome == Outcome.REFUSED


def test_the_tests_see_nothing_of_our_environment(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "planted")
    script = (
        "import os, sys\nassert 'SECRET_KEY' not in os.environ\nassert sys.stdin.read() == ''\n"
        "assert not os.path.exists('.git')\nassert os.listdir(os.environ['HOME']) == []\n"
        "try:\n    import django\nexcept ImportError:\n    pass\nelse:\n    sys.exit('ours')\n"
    )
    verdict = with_script(repository, script)
    assert verdict.summary.startswith("The tests pass,"), verdict.findings


def test_tests_cannot_be_left_out_by_attributes_of_the_tree(repository: Repository) -> None:
    files = {".gitattributes": "test_app.py export-ignore\n", "app.py": "ANSWER = 0\n"}
    verdict = tried(repository, changed(repository, files), *UNITTEST)
    assert verdict.outcome == Outcome.REFUSED
