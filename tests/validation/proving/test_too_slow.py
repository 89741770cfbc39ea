"""Is a control run that is too slow named as such, and one of many failures no longer slow?"""

import sys
from dataclasses import replace
from pathlib import Path

from targets.manifest import Manifest
from targets.testing import jobs
from tests.validation.changing import LIMITS, ask, changed, make_repository
from validation.gates import tests
from validation.models import Outcome
from validation.proving import composing, evidence
from validation.verdicts import GateVerdict

PYTEST = replace(LIMITS, pythons=(("target", sys.executable),), test_timeout_seconds=8.0)
# Each assertion that fails under test costs nothing; what is asked of another value never ends.
SLOW = """
import app, time

class Slow(int):
    def __eq__(self, other):
        if other != 42:
            time.sleep(60)
        return int(self) == other
    __hash__ = None

def test_it():
    assert Slow(app.ANSWER) == 42
"""
PLAIN = "import app\n\ndef test_it():\n    assert app.ANSWER == 42\n"


def asked(
    tmp_path: Path, files: dict[str, str], change: dict[str, str | None], heard: list[bytes]
) -> GateVerdict:
    place = make_repository(tmp_path, {name: text.encode() for name, text in files.items()})
    named = {"command": ("python3", "-m", "pytest"), "timeout_seconds": 8.0}
    manifest = Manifest.model_validate({"tests": named})
    return ask(
        tests,
        changed(place, change),
        place,
        manifest=manifest,
        limits=PYTEST,
        heard=heard.append,
    )


def test_what_is_too_slow_is_no_evidence_and_says_so(tmp_path: Path) -> None:
    heard: list[bytes] = []
    files = {"app.py": "ANSWER = 42\n", "tests/test_app.py": SLOW}
    verdict = asked(tmp_path, files, {"app.py": "ANSWER = 6 * 7\n"}, heard)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert verdict.summary == (
        "too slow to be evidence: 1 test passes, but of none could it be shown that it can fail."
    )
    [mark] = verdict.findings
    assert mark.message.startswith(
        "too slow to be evidence: the control run ran out of time after 0 tests"
    )
    assert "tests.timeout_seconds" in mark.message


def test_a_slow_control_of_the_changes_own_tests_takes_nothing_from_them(tmp_path: Path) -> None:
    files = {"app.py": "ANSWER = 42\n", "tests/test_app.py": PLAIN}
    verdict = asked(tmp_path, files, {"tests/test_app.py": SLOW}, [])
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    told = [mark.message for mark in verdict.findings]
    assert any("too slow to be evidence: the control run of the change's own" in w for w in told)
    assert not any("can not fail any more" in words for words in told)


def test_whoever_reads_along_hears_which_run_begins(tmp_path: Path) -> None:
    heard: list[bytes] = []
    evidence.forget()
    files = {"app.py": "ANSWER = 42\n", "tests/test_app.py": PLAIN}
    asked(tmp_path, files, {"app.py": "ANSWER = 41\n"}, heard)
    lines = [one for one in b"".join(heard).decode().splitlines() if one.startswith("selfimprove")]
    assert lines == [
        "selfimprove: the base's tests on the base",
        "selfimprove: the control run of the base: 1 test",
        "selfimprove: the base's tests on the change, and their control run",
        "selfimprove: what failed with the change, 3 times more on both: 1",
    ]


def test_only_the_first_failures_are_told_at_length(tmp_path: Path) -> None:
    many = jobs.AT_LENGTH + 20
    body = "".join(f"def test_{n:03}():\n    assert ANSWER == 42 + {n} * 0\n" for n in range(many))
    files = {"app.py": "ANSWER = 42\n", "tests/test_app.py": f"from app import ANSWER\n{body}"}
    verdict = asked(tmp_path, files, {"app.py": "ANSWER = 41\n"}, [])
    assert verdict.outcome == Outcome.REFUSED
    assert f"This change broke {many} tests" in verdict.summary
    words = [case.words for case in verdict.cases]
    at_length = ["assert ANSWER == 42" in one for one in words]
    assert at_length == [True] * jobs.AT_LENGTH + [False] * 20
    assert all("41" in one for one in words)


def test_what_no_python_reads_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_a.py").write_text("def test_it():\n    assert 1 == 1\n")
    (folder / "broken.py").write_text("def broken(:\n")
    assert composing.turn_round(tmp_path, "_x_", ()) == ["tests/broken.py"]
    assert (folder / "broken.py").read_text() == "def broken(:\n"
    assert "_x_compare" in (folder / "test_a.py").read_text()
