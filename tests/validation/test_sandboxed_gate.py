"""Do tests of a target run in the sandbox that is configured, and is it told which that was?"""

import json
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.template.loader import render_to_string

from ports.sandbox import Level, adapters
from proposals.pages.checked import answers
from selfimprove.config import Sandbox
from targets.repository import Repository
from tests.ports.sandbox.running import need_a_sandbox
from tests.validation.changing import (
    AT,
    LIMITS,
    WHITELIST,
    ask,
    changed,
    make_repository,
    manifest_with_tests,
)
from tests.validation.test_validate_command import run
from validation import policy, runner
from validation.gates import tests
from validation.models import Outcome
from validation.report import save
from validation.verdicts import GateVerdict, Verdict

SUITE = b"""
import unittest
import app

class Answer(unittest.TestCase):
    def test_it(self):
        self.assertEqual(app.ANSWER, 42)
"""
FILES = {"app.py": b"ANSWER = 42\n", "test_app.py": SUITE}
UNITTEST = ("python3", "-m", "unittest", "test_app")
MANIFEST = b'[tests]\ncommand = ["python3", "-m", "unittest", "test_app"]\n'


def choose(settings: LazySettings, backend: str, **options: str) -> None:
    """Configure a sandbox."""
    chosen = Sandbox(backend=backend, options=options)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": chosen})


@pytest.fixture
def bubblewrapped(settings: LazySettings) -> None:
    need_a_sandbox()
    choose(settings, adapters.BUBBLEWRAP)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path, {**FILES, ".selfimprove.toml": MANIFEST})


def checked(repository: Repository, files: dict[str, str | None]) -> Verdict:
    """Ask the gate about tests, through the runner."""
    return runner.check(
        changed(repository, files),
        repository,
        manifest=manifest_with_tests(*UNITTEST),
        parameters=WHITELIST,
        at=AT,
        limits=LIMITS,
        gates=(tests,),
    )


@pytest.mark.usefixtures("bubblewrapped")
def test_a_change_that_keeps_the_tests_green_passes_in_a_sandbox(repository: Repository) -> None:
    verdict = checked(repository, {"app.py": "ANSWER = 6 * 7\n"})
    assert (verdict.outcome, verdict.level) == (Outcome.PASSED, Level.L3)


@pytest.mark.usefixtures("bubblewrapped")
def test_a_change_that_breaks_them_is_refused_with_paths_of_the_tree(
    repository: Repository,
) -> None:
    verdict = checked(repository, {"app.py": "ANSWER = 41\n"})
    assert (verdict.outcome, verdict.level) == (Outcome.REFUSED, Level.L3)
    told = verdict.gates[0].findings[0].message
    assert "AssertionError: 41 != 42" in told
    assert 'File "test_app.py"' in told


@pytest.mark.usefixtures("bubblewrapped")
def test_tests_that_look_for_secrets_find_none(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("swordfish")
    script = f"import pathlib; print(pathlib.Path({str(tmp_path / 'secret')!r}).read_text())"
    change = changed(repository, {"app.py": "x = 1\n"})
    manifest = manifest_with_tests("python3", "-c", script)
    verdict = ask(tests, change, repository, manifest=manifest)
    assert verdict.outcome == Outcome.REFUSED
    assert "FileNotFoundError" in verdict.findings[0].message


@pytest.mark.usefixtures("bubblewrapped")
def test_tests_that_take_too_much_are_refused_in_words(repository: Repository) -> None:
    script = "import os\nfor n in range(300_000):\n    os.close(os.open(f'f{n}', os.O_CREAT))"
    change = changed(repository, {"app.py": "x = 1\n"})
    manifest = manifest_with_tests("python3", "-c", script)
    verdict = ask(tests, change, repository, manifest=manifest)
    assert "write too many files" in verdict.summary


@pytest.mark.usefixtures("bubblewrapped")
def test_altered_tests_are_judged_by_those_of_the_base(repository: Repository) -> None:
    weaker = "import unittest\n\nclass T(unittest.TestCase):\n    def test_it(self): pass\n"
    verdict = checked(repository, {"app.py": "ANSWER = 41\n", "test_app.py": weaker})
    assert (verdict.outcome, verdict.level) == (Outcome.REFUSED, Level.L3)
    assert "This change broke 1 test: test_app.Answer.test_it." in verdict.gates[0].summary


def test_without_a_sandbox_the_gate_could_not_run_and_nothing_ran(
    repository: Repository,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose(settings, adapters.BUBBLEWRAP)
    monkeypatch.setattr("shutil.which", lambda name, **_: None)
    verdict = checked(repository, {"app.py": "ANSWER = 6 * 7\n"})
    assert (verdict.outcome, verdict.level) == (Outcome.COULD_NOT_RUN, None)
    assert "no sandbox: bubblewrap is not installed" in verdict.gates[0].summary
    assert "doctor" in verdict.gates[0].summary


def test_where_nothing_may_run_the_gate_says_that_it_could_not(
    repository: Repository, settings: LazySettings
) -> None:
    choose(settings, adapters.REFUSING)
    verdict = checked(repository, {"app.py": "ANSWER = 6 * 7\n"})
    assert verdict.outcome == Outcome.COULD_NOT_RUN
    assert "lets no code of a target run" in verdict.gates[0].summary


def test_a_run_without_a_sandbox_bears_the_mark_in_verdict_and_digest(
    repository: Repository,
) -> None:
    verdict = checked(repository, {"app.py": "ANSWER = 6 * 7\n"})
    assert (verdict.outcome, verdict.level) == (Outcome.PASSED, Level.L0)
    gates = (
        GateVerdict(
            "tests", tests.QUESTION, Outcome.PASSED, verdict.gates[0].summary, level=Level.L3
        ),
    )
    sandboxed = Verdict(**{**vars(verdict), "gates": gates})
    assert sandboxed.digest() != verdict.digest()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("level", "words"),
    [
        (Level.L0, "ran without a sandbox, as the operator&#x27;s configuration allows"),
        (Level.L2, "ran in a sandbox without a filter of system calls (L2)"),
        (Level.L3, "ran in a sandbox (L3)"),
        (None, ""),
    ],
)
def test_the_page_shows_what_stood_between(level: Level | None, words: str) -> None:
    gate = GateVerdict("tests", "Do they pass?", Outcome.PASSED, "“make test” passed", level=level)
    verdict = Verdict("b" * 40, "t" * 40, "d" * 64, "p" * 64, Outcome.PASSED, (gate,), AT, 1.0)
    report = save(verdict, None, AT)
    shown = {"report": report, "answers": answers(report, "")}
    text = render_to_string("proposals/_report.html", shown)
    assert words in text
    assert ("The target's code" in text) is (level is not None)
    assert ("si-note--warn" in text) is (level == Level.L0)


def test_the_command_shows_it_too(repository: Repository) -> None:
    changed(repository, {"app.py": "ANSWER = 6 * 7\n"})
    options = ("--base", "main", "--branch", "work")
    assert "It ran without a sandbox, as the operator's" in run(repository, *options)[1]
    answer = json.loads(run(repository, *options, "--json")[1])
    assert answer["sandbox"] == "L0"
    assert [gate["sandbox"] for gate in answer["gates"] if gate["gate"] == "tests"] == ["L0"]


def test_another_sandbox_is_another_rule(settings: LazySettings) -> None:
    found = set()
    for backend, options in (
        (adapters.UNCONFINED, {}),
        (adapters.BUBBLEWRAP, {}),
        (adapters.BUBBLEWRAP, {"lowest_level": "L2"}),
    ):
        choose(settings, backend, **options)
        found.add(policy.digest(LIMITS, WHITELIST))
    assert len(found) == 3
