"""Is a command that a change breaks told from one that was broken, or cannot be tried here?"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from targets.manifest import Entry, Manifest
from tests.validation.changing import ask, changed, make_repository, said
from validation.gates import entry_points
from validation.models import Outcome
from validation.verdicts import CouldNotRun, GateVerdict

CLI = """\
import argparse
from shop.prices import VAT

def main():
    argparse.ArgumentParser(prog="shop").parse_args()

def quiet():
    return None

def wrong():
    return 3
"""
PYPROJECT = '[project]\nname = "shop"\n[project.scripts]\nshop = "shop.cli:main"\n'
FILES: Mapping[str, bytes] = {
    "pyproject.toml": PYPROJECT.encode(),
    "shop/__init__.py": b"",
    "shop/prices.py": b"VAT = 19\n",
    "shop/cli.py": CLI.encode(),
    "shop/__main__.py": b"from shop.cli import main\nmain()\n",
    "shop/aside.py": b"X = 1\n",
    "README.md": b"# Shop\n",
}
MANIFEST = Manifest(entry=(Entry(command=("python3", "-m", "shop")),))


def asked(
    tmp_path: Path,
    files: Mapping[str, bytes | str | None],
    before: Mapping[str, bytes] = FILES,
    manifest: Manifest = MANIFEST,
) -> GateVerdict:
    """Ask the gate about this change of a small shop."""
    repository = make_repository(tmp_path, before)
    return ask(entry_points, changed(repository, files), repository, manifest=manifest)


def test_commands_that_still_say_how_they_are_used_pass(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"shop/prices.py": "VAT = 20\n"})
    assert verdict.outcome == Outcome.PASSED
    assert said(verdict) == "2 commands parse their arguments"


def test_commands_that_a_change_breaks_refuse_at_its_line(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"shop/prices.py": "VAT = 20\nraise ValueError('no')\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert "2 commands no longer parse their arguments with the change" in verdict.summary
    by_script = verdict.findings[0]
    assert (by_script.path, by_script.line) == ("shop/prices.py", 2)
    assert "ValueError: no" in verdict.findings[1].message
    assert 'File "shop/prices.py", line 2' in verdict.findings[1].message


def test_a_parser_that_breaks_only_when_it_is_built_is_noticed(tmp_path: Path) -> None:
    broken = CLI.replace(".parse_args()", ".add_argument('--a', typ=int)")
    verdict = asked(tmp_path, {"shop/cli.py": broken})
    assert verdict.outcome == Outcome.REFUSED
    assert "TypeError" in verdict.findings[0].message


@pytest.mark.parametrize(
    ("function", "outcome"),
    [
        ("quiet", Outcome.PASSED),
        ("wrong", Outcome.REFUSED),
        ("missing", Outcome.REFUSED),
    ],
)
def test_a_new_command_has_to_work(tmp_path: Path, function: str, outcome: Outcome) -> None:
    text = f'{PYPROJECT}more = "shop.cli:{function}"\n'
    verdict = asked(tmp_path, {"pyproject.toml": text})
    assert verdict.outcome == outcome
    assert "more" in verdict.summary or outcome == Outcome.PASSED


def test_a_command_that_failed_before_is_told_and_refuses_nothing(tmp_path: Path) -> None:
    before = {**FILES, "shop/prices.py": b"VAT = UNKNOWN\n"}
    verdict = asked(tmp_path, {"shop/prices.py": "VAT = UNKNOWN  # still\n"}, before)
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert said(verdict) == "2 commands did not before either (shop, python3 -m shop)"


def test_a_command_whose_dependency_is_not_here_is_never_a_pass(tmp_path: Path) -> None:
    before = {**FILES, "shop/prices.py": b"import not_here\n", "shop/x.py": b"import not_here\n"}
    verdict = asked(tmp_path, {"shop/prices.py": "import not_here\nVAT = 1\n"}, before, Manifest())
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert said(verdict) == "1 command cannot be tried here: no module named “not_here”"


def test_a_command_that_is_gone_is_left_to_a_person(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"pyproject.toml": '[project]\nname = "shop"\n'})
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert [(mark.message, mark.refuses) for mark in verdict.findings] == [
        ("the command shop is gone", False)
    ]


@pytest.mark.parametrize("path", ["README.md", "shop/aside.py"])
def test_a_change_that_reaches_no_command_starts_none(tmp_path: Path, path: str) -> None:
    verdict = asked(tmp_path, {path: "# other\n"})
    assert (verdict.outcome, verdict.level) == (Outcome.NOTHING_SHOWN, None)
    assert said(verdict) == entry_points.WORDS.nothing


def test_a_target_without_commands_shows_nothing_and_asks_nobody(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"main.go": "package main\n"}, {"a.md": b"x\n"}, Manifest())
    assert verdict.outcome == Outcome.NOTHING_SHOWN


def test_commands_that_cannot_be_read_are_no_pass(tmp_path: Path) -> None:
    with pytest.raises(CouldNotRun, match=r"cannot be read: pyproject\.toml"):
        asked(tmp_path, {"pyproject.toml": "[project\n"})


def test_the_manifest_of_the_change_names_no_command(tmp_path: Path) -> None:
    text = '[[entry]]\ncommand = ["python3", "-c", "raise SystemExit(1)"]\n'
    verdict = asked(tmp_path, {".selfimprove.toml": text}, FILES, Manifest())
    assert verdict.outcome == Outcome.NOTHING_SHOWN
