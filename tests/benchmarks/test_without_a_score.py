"""Has whatever is no score a name, and is it neither a zero nor a success?"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest
from django.conf import LazySettings

from benchmarks.measured import Outcome
from benchmarks.measures import asking, reported
from benchmarks.measures.asking import NotMeasured
from benchmarks.names import NAMES
from ports.sandbox import Ending, Level, Ran, adapters
from selfimprove.config import Sandbox
from tests.benchmarks.scenes import BY_NAME, CALM, PYTEST, UNITTEST, measured, scene

HANG = "import subprocess, time\nsubprocess.Popen(['sleep', '987'])\ntime.sleep(987)\n"
LOUD = "import sys\nfor _ in range(1024):\n    sys.stdout.write('x' * 1024 * 1024)\n"
STARTING = ("code_coverage", "test_pass_rate")


def refused(name: str, folder: Path, files: Mapping[str, str], seconds: float = 60) -> NotMeasured:
    with pytest.raises(NotMeasured) as caught:
        measured(name, folder, files, seconds=seconds)
    return caught.value


@pytest.mark.parametrize(
    ("name", "tool"),
    [("code_coverage", "coverage"), ("lint_score", "ruff"), ("type_check", "mypy")],
)
def test_a_tool_that_is_missing_is_named_with_what_to_install(
    name: str, tool: str, tmp_path: Path
) -> None:
    with pytest.raises(NotMeasured) as caught:
        BY_NAME[name].measure(scene(tmp_path, CALM, lacking=tool), 60)
    assert caught.value.outcome == Outcome.NOT_RUN
    assert f"{tool} is not installed" in caught.value.words
    assert "requirements/benchmarks.txt" in caught.value.words


@pytest.mark.parametrize("name", NAMES)
def test_where_nothing_is_python_there_is_too_little(name: str, tmp_path: Path) -> None:
    files = {"main.go": "package main\n", "image.bin": "\x00\x01"}
    assert refused(name, tmp_path, files).outcome == Outcome.TOO_LITTLE


@pytest.mark.parametrize("name", NAMES)
def test_without_a_sandbox_nothing_is_run(
    name: str, tmp_path: Path, settings: LazySettings
) -> None:
    refusing = Sandbox(backend=adapters.REFUSING)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": refusing})
    assert refused(name, tmp_path, CALM).outcome == Outcome.NOT_RUN


@pytest.mark.parametrize("name", STARTING)
def test_tests_that_hang_are_ended_with_all_that_they_started(name: str, tmp_path: Path) -> None:
    found = refused(name, tmp_path, {**CALM, "test_shop.py": HANG}, seconds=3)
    assert found.outcome == Outcome.BROKEN_OFF
    assert found.words == "it took longer than the 3 s that it may take"
    left = [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "987"]]
    assert left == []


@pytest.mark.slow
@pytest.mark.parametrize("name", STARTING)
def test_a_gigabyte_of_output_does_no_harm(name: str, tmp_path: Path) -> None:
    found = measured(name, tmp_path, {**CALM, "test_shop.py": LOUD + CALM["test_shop.py"]})
    assert found.is_measured
    assert len(found.output) <= asking.SHOWN


@pytest.mark.parametrize("name", STARTING)
def test_tests_that_cannot_be_read_did_not_run(name: str, tmp_path: Path) -> None:
    files = {
        ".selfimprove.toml": PYTEST,
        "a.py": "ONE = 1\n",
        "test_a.py": "import a\nimport nowhere_to_be_found\n",
        "test_b.py": "import a\n\n\ndef test_one():\n    assert a.ONE\n",
    }
    found = refused(name, tmp_path, files)
    assert found.outcome == Outcome.BROKEN_OFF
    assert "run" in found.words or "ran" in found.words


@pytest.mark.parametrize(
    ("tests", "outcome", "words"),
    [
        ("", Outcome.TOO_LITTLE, "no tests are named"),
        ('[tests]\ncommand = ["tox"]\n', Outcome.NOT_RUN, "neither a plain use of pytest"),
        (UNITTEST, Outcome.TOO_LITTLE, "there is no test to run"),
        (PYTEST, Outcome.TOO_LITTLE, "there is no test to run"),
    ],
    ids=["none", "tox", "unittest-empty", "pytest-empty"],
)
def test_where_no_test_runs_it_says_why(
    tests: str, outcome: Outcome, words: str, tmp_path: Path
) -> None:
    found = refused("test_pass_rate", tmp_path, {".selfimprove.toml": tests, "a.py": "A = 1\n"})
    assert found.outcome == outcome
    assert words in found.words


def test_tests_of_another_copy_are_no_score_of_this_one(tmp_path: Path) -> None:
    files = {
        ".selfimprove.toml": PYTEST,
        "coverage/__init__.py": "NAME = 'ours'\n",  # a package of this name is installed as well
        "test_a.py": "import coverage\n\n\ndef test_it():\n    assert coverage.__version__\n",
    }
    found = refused("test_pass_rate", tmp_path, files)
    assert found.outcome == Outcome.INCONCLUSIVE
    assert "ran other code than this tree's: coverage from" in found.words


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(STARTING)))
def test_a_broken_pyproject_stands_in_nobodys_way(name: str, tmp_path: Path) -> None:
    found = measured(name, tmp_path, {**CALM, "pyproject.toml": "[tool.ruff\n= nonsense"})
    assert found.is_measured


def test_a_syntax_error_is_a_finding_where_that_tells_something(tmp_path: Path) -> None:
    files = {"a.py": "def f(:\n", "b.py": '"""B."""\n\n\ndef g():\n    """G."""\n'}
    for name in ("lint_score", "import_check", "code_complexity", "doc_coverage"):
        seen = measured(name, tmp_path / name, files).findings
        assert {one.fingerprint.path for one in seen} == {"a.py"}, name
    found = refused("type_check", tmp_path / "types", files)
    assert found.outcome == Outcome.INCONCLUSIVE
    assert "a.py:1" in found.words


def ran(results: bytes, *violations: str) -> Ran:
    return Ran(
        ended=Ending.DONE, level=Level.L0, code=0, results=results, violations=tuple(violations)
    )


@pytest.mark.parametrize(
    ("results", "violations", "words"),
    [
        (b"", (), "left no report"),
        (b'{"findings": [', (), "cut or malformed"),
        (b"[1]", (), "not of the agreed form"),
        (b"[" * 100_000, (), "cut or malformed"),
        (b"{}", ("more than 3 bytes of results",), "too large"),
    ],
    ids=["missing", "cut", "list", "deep", "large"],
)
def test_a_report_that_is_not_whole_is_inconclusive(
    results: bytes, violations: tuple[str, ...], words: str
) -> None:
    with pytest.raises(NotMeasured) as caught:
        asking.document(ran(results, *violations))
    assert caught.value.outcome == Outcome.INCONCLUSIVE
    assert words in caught.value.words


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"findings": [], "files": -1}, "files"),
        ({"findings": [{"rule": "x"}], "files": 1}, "findings.0.path"),
        ({"findings": [], "files": "many"}, "files"),
        ({"findings": [], "surprise": 1}, "surprise"),
    ],
    ids=["negative", "half", "words", "unknown"],
)
def test_a_report_of_another_form_says_where(document: dict[str, object], where: str) -> None:
    with pytest.raises(NotMeasured) as caught:
        reported.read(reported.Findings, document, ran(b""))
    assert caught.value.outcome == Outcome.INCONCLUSIVE
    assert f"malformed at {where}" in caught.value.words


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap")
def test_in_the_real_sandbox_all_nine_have_a_score(tmp_path: Path, settings: LazySettings) -> None:
    real = Sandbox(backend=adapters.BUBBLEWRAP)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": real})
    stage = scene(tmp_path, CALM)
    found = {name: BY_NAME[name].measure(stage, 60) for name in NAMES}
    assert {name for name, one in found.items() if not one.is_measured} == set()
    assert {one.level for one in found.values()} <= {Level.L2, Level.L3}


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(STARTING)))
def test_a_name_that_is_no_text_stands_in_nobodys_way(name: str, tmp_path: Path) -> None:
    stage = scene(tmp_path, CALM)
    odd = os.fsencode(tmp_path) + b"/shop/\xff\xfe.py"
    with open(odd, "w") as file:  # noqa: PTH123 - no Path can be written so
        file.write("def f(:\n")
    found = BY_NAME[name].measure(stage, 60)
    assert found.is_measured
    assert all(one.fingerprint.path.isprintable() for one in found.findings)


@pytest.mark.parametrize("name", ["doc_coverage", "file_organization"])
def test_ten_thousand_files_are_no_trouble(name: str, tmp_path: Path) -> None:
    files = {f"p{n % 100}/m{n}.py": '"""M."""\n' for n in range(10_000)}
    assert measured(name, tmp_path, {**files, "test_a.py": ""}).is_measured
