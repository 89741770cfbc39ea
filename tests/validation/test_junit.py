"""Is JUnit's XML written from what the host heard, whatever lies in the tree?"""

import contextlib
import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from ports.sandbox import Level
from targets.repository import Repository
from targets.testing.ledger import Case
from tests.validation.changing import AT, TESTED, changed, make_repository
from validation.formats.junit import junit
from validation.models import Outcome
from validation.verdicts import GateVerdict, Verdict

SUITE = b"""
import pathlib
import unittest
import app

class Answer(unittest.TestCase):
    def test_it(self):
        pathlib.Path("junit.xml").write_text("<testsuites/>")
        self.assertEqual(app.ANSWER, 42)

    @unittest.skip("later")
    def test_later(self):
        pass
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    files = {".selfimprove.toml": TESTED, "app.py": b"ANSWER = 42\n", "test_app.py": SUITE}
    return make_repository(tmp_path, files)


def written(repository: Repository, place: Path, app: str) -> ElementTree.Element:
    changed(repository, {"app.py": app})
    words = ("--repo", str(repository.git_dir), "--base", "main", "--branch", "work")
    with contextlib.suppress(SystemExit):
        call_command("validate", *words, "--junit", str(place), stdout=io.StringIO())
    return ElementTree.fromstring(place.read_text())  # noqa: S314 - our own


def verdict(*cases: Case) -> Verdict:
    gate = GateVerdict("tests", "?", Outcome.PASSED, level=Level.L3, cases=cases)
    return Verdict("b", "t", "d", "p", Outcome.PASSED, (gate,), AT, 1.0)


def test_each_test_is_told(repository: Repository, tmp_path: Path) -> None:
    top = written(repository, tmp_path / "found.xml", "ANSWER = 41\n")
    (suite,) = top
    told = {name: suite.get(name) for name in ("name", "tests", "failures", "errors", "skipped")}
    assert told == {"name": "tests", "tests": "2", "failures": "1", "errors": "0", "skipped": "1"}
    failed, later = suite
    assert (failed.get("classname"), failed.get("name")) == ("test_app.Answer", "test_it")
    assert failed[0].tag == "failure"
    assert failed[0].get("message") == "AssertionError: 41 != 42"
    assert later[0].tag == "skipped"


def test_what_passes_has_nothing_within(repository: Repository, tmp_path: Path) -> None:
    top = written(repository, tmp_path / "found.xml", "ANSWER = 6 * 7\n")
    assert [len(case) for case in top[0]] == [0, 1]


def test_a_place_that_cannot_be_written_is_an_error(repository: Repository) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        written(repository, Path("/nowhere/found.xml"), "ANSWER = 6 * 7\n")


def test_nothing_in_a_tests_words_breaks_out_or_leaks() -> None:
    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    words = f"</failure>\x00\x1b[2J &amp; {key}\n]]>"
    text = junit(verdict(Case("a.b<c>", "error", words, 0.5), Case("x.py::T::y", "passed")))
    top = ElementTree.fromstring(text)  # noqa: S314 - our own
    first, second = top[0]
    assert first.get("name") == "b<c>"
    assert first[0].text is not None
    assert "\ufffd\\x1b[2J" in first[0].text
    assert key not in text
    assert (second.get("classname"), second.get("name")) == ("x.py::T", "y")


def test_no_test_that_we_heard_of_is_an_empty_answer() -> None:
    assert junit(verdict()).strip().endswith("<testsuites />")
