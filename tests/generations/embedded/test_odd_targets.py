"""Does every odd target end with a reason that has a name, in bounded time, without a crash?"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.conf import LazySettings

from benchmarks.models import Measurement
from generations.models import Generation, Outcome, Reason, Result
from selfimprove.config import Sandbox
from tests.generations.embedded.walking import SHOP, UNUSED, target, walk
from tests.generations.scene import configure

UNITTEST = '[tests]\ncommand = ["python3", "-m", "unittest"]\ntimeout_seconds = 3\n'
PYTEST = '[tests]\ncommand = ["python3", "-m", "pytest"]\ntimeout_seconds = 60\n'
TESTED = ("lint_score", "test_pass_rate")
pytestmark = pytest.mark.django_db


def walked(
    folder: Path,
    settings: LazySettings,
    files: Mapping[str, str],
    benchmarks: tuple[str, ...] = TESTED,
) -> Generation:
    pythons = {"shop": Path(sys.executable)}
    generation = walk(target(folder, settings, files, benchmarks=benchmarks, pythons=pythons))
    assert not generation.runs.filter(result=Result.ERRORED).exists()
    return generation


def test_no_python_at_all(tmp_path: Path, settings: LazySettings) -> None:
    files = {"README.md": "# Poems\n", "one.txt": "Roses\n"}
    generation = walked(tmp_path, settings, files)
    assert (generation.outcome, generation.reason_kind) == (Outcome.NOTHING, Reason.NO_CHANGE)
    details = generation.runs.get(phase="baseline").details
    assert set(details["without_a_score"]) == set(TESTED)
    assert (
        f"{len(TESTED)} of {len(details['scores'])} benchmarks give no score" in generation.reason
    )


def test_an_empty_file_and_nothing_else(tmp_path: Path, settings: LazySettings) -> None:
    assert walked(tmp_path, settings, {"a.py": ""}).outcome == Outcome.NOTHING


def test_without_tests_a_person_has_to_say_that_the_rest_is_enough(
    tmp_path: Path, settings: LazySettings
) -> None:
    generation = walked(tmp_path, settings, SHOP, ("lint_score",))
    assert generation.outcome == Outcome.ACCEPTED
    assert generation.review_score == pytest.approx(0.65)
    built = generation.runs.get(phase="build").details
    assert built["tests"] is None
    assert "tests" in built["not_run"]


def test_tests_that_hang_are_waited_for_once_in_a_phase_and_then_told(
    tmp_path: Path, settings: LazySettings
) -> None:
    hanging = "import time\n\ntime.sleep(600)\n"
    files = {**SHOP, ".selfimprove.toml": UNITTEST, "test_shop.py": hanging}
    began = time.monotonic()
    generation = walked(tmp_path, settings, files)
    assert time.monotonic() - began < 120
    assert generation.outcome in (Outcome.REJECTED, Outcome.ACCEPTED)
    scores = generation.runs.get(phase="baseline").details
    assert "took longer than the 3 s" in scores["without_a_score"]["test_pass_rate"]
    assert generation.runs.get(phase="plan").result == Result.PASSED
    assert generation.runs.get(phase="build").details["tests"] is None


def test_tests_that_fail_and_lead_through_no_line_of_code(
    tmp_path: Path, settings: LazySettings
) -> None:
    tests = "\n\n".join(f"def test_{n}():\n    assert {n} < 2\n" for n in range(4))
    files = {".selfimprove.toml": PYTEST, "test_all.py": tests, "a.py": "x = 1\n"}
    generation = walked(tmp_path, settings, files)
    assert generation.outcome == Outcome.NOTHING
    assert generation.reason == "No fixer has an answer to the one thing that could be better."


def test_tests_that_cannot_even_be_read(tmp_path: Path, settings: LazySettings) -> None:
    files = {**SHOP, ".selfimprove.toml": PYTEST, "test_all.py": "def test_(:\n"}
    generation = walked(tmp_path, settings, files)
    assert generation.outcome in (Outcome.REJECTED, Outcome.ACCEPTED)
    assert generation.focus == "lint_score:F401"


def test_code_that_is_broken_everywhere(tmp_path: Path, settings: LazySettings) -> None:
    files = {"a.py": "def (:\n", "b.py": "\tx = 1\n y = 2\n", "c.py": "'''\n", "d.py": "x = (\n"}
    generation = walked(tmp_path, settings, files, ("lint_score",))
    assert generation.outcome == Outcome.NOTHING, generation.reason


@pytest.mark.parametrize("broken", ["[tool.ruff\n", '[tool.ruff]\nselect = "no list"\n'])
def test_a_pyproject_that_cannot_be_read_is_not_taken_for_nothing_to_do(
    tmp_path: Path, settings: LazySettings, broken: str
) -> None:
    generation = walked(tmp_path, settings, {**SHOP, "pyproject.toml": broken}, ("lint_score",))
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.NO_PLAN)
    assert "Not every fixer could be asked. ruff: ruff ended with 2" in generation.reason


def test_a_manifest_that_cannot_be_read_is_the_target_s_doing(
    tmp_path: Path, settings: LazySettings
) -> None:
    generation = walked(tmp_path, settings, {**SHOP, ".selfimprove.toml": "[tests\n"})
    assert (generation.outcome, generation.reason_kind) == (
        Outcome.REJECTED,
        Reason.NOT_MEASURED,
    )
    assert ".selfimprove.toml" in generation.reason


def test_a_tool_that_is_missing_is_not_taken_for_nothing_to_do(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = target(tmp_path, settings)
    walk(on, dry_run=True)  # so that the base is measured
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    configure(settings, "benchmarks", python=Path(sys.prefix) / "bin" / "python3")
    on.generations.all().delete()
    generation = walk(on)
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.NO_PLAN)
    assert "ruff is not installed" in generation.reason


@pytest.mark.slow
def test_tests_that_fill_the_disk_are_stopped_and_told(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": Sandbox()})
    filling = (
        "import unittest\n\n\nclass Fill(unittest.TestCase):\n    def test_it(self):\n"
        "        for number in range(8):\n"
        "            with open(f'big{number}', 'wb') as file:\n"
        "                for _ in range(200):\n                    file.write(b'x' * 2**20)\n"
    )
    files = {
        **SHOP,
        ".selfimprove.toml": UNITTEST.replace("= 3\n", "= 30\n"),
        "test_shop.py": filling,
    }
    generation = walked(tmp_path, settings, files)
    assert generation.outcome in (Outcome.REJECTED, Outcome.ACCEPTED)
    assert generation.focus in ("lint_score:F401", "test_pass_rate:test_shop")


@pytest.mark.slow
def test_thousands_of_files_take_minutes_and_no_more(
    tmp_path: Path, settings: LazySettings
) -> None:
    files = {f"shop/p{n // 500}/m{n}.py": UNUSED for n in range(3000)}
    began = time.monotonic()
    generation = walked(tmp_path, settings, files, ("lint_score",))

    assert time.monotonic() - began < 600
    assert generation.outcome in (Outcome.REJECTED, Outcome.ACCEPTED), generation.reason
    assert generation.diff.count("diff --git") == 10  # and the rest is for the next ones
    assert Measurement.objects.filter(benchmark="lint_score").exists()
