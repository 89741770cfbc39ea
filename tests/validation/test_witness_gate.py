"""Is a failing case seen to fail without the change and to go well with it, and what if not?"""

import json
import sys
import venv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ports.sandbox import Level
from targets.manifest import Manifest, Replay
from targets.repository import Repository
from tests.validation.changing import (
    AT,
    LIMITS,
    WHITELIST,
    changed,
    make_repository,
    manifest_with_tests,
)
from validation import runner
from validation.gates import witness
from validation.models import Outcome
from validation.trying.cases import LARGEST, Case, TooLarge
from validation.verdicts import Context, GateVerdict

HOOK = """\
import json, sys
case = json.load(open(sys.argv[1]))
if case["needs"] == "nothing":
    sys.exit(77)
limit = int(open("limit").read())
sys.exit(0 if limit >= case["needs"] else 3)
"""
MANIFEST = Manifest(replay=Replay(command=("python3", "ops/replay.py", "{case}")))
FILES: Mapping[str, bytes] = {
    "limit": b"400\n",
    "ops/replay.py": HOOK.encode(),
    "app.py": b"def double(n):\n    return n + n if n else 1\n",
    "tests/__init__.py": b"",
    "tests/test_app.py": b"import unittest\n",
}


def case(needs: int | str, name: str = "search: timeout") -> Case:
    """Return a case that goes well from this limit on."""
    return Case(name, json.dumps({"needs": needs}).encode())


def asked(
    tmp_path: Path,
    files: Mapping[str, bytes | str | None],
    *cases: Case,
    before: Mapping[str, bytes] = FILES,
    manifest: Manifest = MANIFEST,
) -> GateVerdict:
    """Ask the gate about this change, which is said to cure these cases."""
    repository = make_repository(tmp_path, before)
    context = Context(repository, manifest, WHITELIST, LIMITS, cases=cases)
    return witness.run(changed(repository, files), context)


def test_a_case_that_fails_before_and_goes_well_after_is_a_witness(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"limit": "800\n"}, case(600))
    assert (verdict.outcome, verdict.level) == (Outcome.PASSED, Level.L0)
    assert verdict.summary == (
        "“search: timeout” fails without the change and goes well with it, twice each."
    )


def test_a_case_that_fails_on_both_sides_refuses(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"limit": "500\n"}, case(600))
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.summary == "Not cured: “search: timeout” fails with the change as well."


def test_a_case_that_does_not_fail_before_is_said_and_refuses_nothing(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"limit": "800\n"}, case(100))
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert verdict.summary.startswith("Not reproduced: “search: timeout” does not fail without")


def test_of_two_cases_one_that_still_fails_is_left_to_a_person(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"limit": "800\n"}, case(600), case(900, "mail: timeout"))
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert "“search: timeout” fails without the change" in verdict.summary
    assert "1 cited case still fails" in verdict.summary
    assert [(mark.message, mark.refuses) for mark in verdict.findings] == [
        ("Not cured: “mail: timeout” fails with the change as well.", False)
    ]


def test_a_case_of_another_kind_shows_nothing(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"limit": "800\n"}, case("nothing"))
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert "is of no kind that the replay hook can replay" in verdict.summary


def test_a_hook_that_breaks_is_no_witness_and_says_how(tmp_path: Path) -> None:
    before = {**FILES, "ops/replay.py": b"raise RuntimeError('no upstream')\n"}
    verdict = asked(tmp_path, {"limit": "800\n"}, case(600), before=before)
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert verdict.summary == (
        "The replay hook does not work: exit code 1: RuntimeError: no upstream."
    )


def test_a_change_that_breaks_the_replay_has_cured_nothing(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"limit": "eight hundred\n"}, case(600))
    assert verdict.outcome == Outcome.REFUSED
    assert "can no longer be replayed (exit code 1: ValueError" in verdict.summary


def test_the_hook_that_judges_is_the_one_from_before(tmp_path: Path) -> None:
    files = {"limit": "500\n", "ops/replay.py": "import sys\nsys.exit(0)\n"}
    assert asked(tmp_path, files, case(600)).outcome == Outcome.REFUSED


@pytest.mark.parametrize("shadow", ["json.py", "sitecustomize.py", "json/__init__.py"])
def test_what_python_would_take_for_its_own_does_not_reach_the_hook(
    tmp_path: Path, shadow: str
) -> None:
    before = {**FILES, "ops/replay.py": b"import sys\nsys.path.insert(0, '.')\n" + HOOK.encode()}
    files = {"limit": "500\n", shadow: "import os\nos._exit(0)\n"}
    assert asked(tmp_path, files, case(600), before=before).outcome == Outcome.REFUSED


def test_a_case_that_fails_with_the_change_only_at_first_is_not_held_against_it(
    tmp_path: Path,
) -> None:
    mark = tmp_path / "asked"
    hook = (
        "import pathlib, sys\n"
        f"mark = pathlib.Path({str(mark)!r})\n"
        "times = len(mark.read_text()) if mark.exists() else 0\n"
        "mark.write_text('x' * (times + 1))\nsys.exit(3 if times < 2 else 0)\n"
    )
    before = {**FILES, "ops/replay.py": hook.encode()}
    verdict = asked(tmp_path, {"limit": "800\n"}, case(600), before=before)
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert "now fails and now goes well" in verdict.summary


def test_a_hook_that_answers_by_chance_is_no_witness(tmp_path: Path) -> None:
    """It fails at first and goes well afterwards, whatever the files are."""
    mark = tmp_path / "asked"
    hook = (
        "import pathlib, sys\n"
        f"mark = pathlib.Path({str(mark)!r})\n"
        "seen = mark.exists()\nmark.touch()\nsys.exit(0 if seen else 3)\n"
    )
    before = {**FILES, "ops/replay.py": hook.encode()}
    verdict = asked(tmp_path, {"limit": "800\n"}, case(600), before=before)
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert "now fails and now goes well on the same files" in verdict.summary


def test_a_hook_without_an_end_is_ended(tmp_path: Path) -> None:
    before = {**FILES, "ops/replay.py": b"import time\ntime.sleep(60)\n"}
    hook = Replay(command=MANIFEST.replay.command, timeout_seconds=0.5)
    verdict = asked(
        tmp_path, {"limit": "1\n"}, case(2), before=before, manifest=Manifest(replay=hook)
    )
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert "does not work: timed out" in verdict.summary


def test_a_hook_cannot_change_its_case_for_the_next_run(tmp_path: Path) -> None:
    hook = "import os, sys\ntry: open(sys.argv[1], 'w').write('{}')\nexcept OSError: pass\n" + HOOK
    before = {**FILES, "ops/replay.py": hook.encode()}
    verdict = asked(tmp_path, {"limit": "800\n"}, case(600), before=before)
    assert verdict.outcome in (Outcome.PASSED, Outcome.NOTHING_SHOWN)


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (MANIFEST, "the proposal cites no events of ours"),
        (Manifest(), "the target names no replay hook"),
    ],
    ids=["no case", "no hook"],
)
def test_where_no_case_is_to_be_had_it_is_said(
    tmp_path: Path, manifest: Manifest, why: str
) -> None:
    verdict = asked(tmp_path, {"limit": "800\n"}, manifest=manifest)
    assert (verdict.outcome, verdict.level) == (Outcome.NOTHING_SHOWN, None)
    assert why in verdict.summary


TEST = """\
import unittest
from app import double

class Double(unittest.TestCase):
    def test_of_nothing(self):
        self.assertEqual(double(0), 0)

    def test_of_two(self):
        self.assertEqual(double(2), 4)
"""


def test_a_test_that_comes_along_fails_before_and_passes_after(tmp_path: Path) -> None:
    files = {"app.py": "def double(n):\n    return 2 * n\n", "tests/test_app.py": TEST}
    verdict = asked(tmp_path, files)
    assert verdict.outcome == Outcome.PASSED
    assert verdict.summary == (
        "1 test of the change fails without it and passes with it"
        " (tests.test_app.Double.test_of_nothing)."
    )


def test_a_test_that_passes_before_too_shows_nothing(tmp_path: Path) -> None:
    only_two = TEST.replace("double(0), 0", "double(3), 6")
    verdict = asked(
        tmp_path, {"app.py": "def double(n):\n    return 2 * n\n", "tests/test_app.py": only_two}
    )
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert verdict.summary.startswith("Not reproduced: the tests that come along pass")


def test_a_test_that_cannot_start_before_shows_nothing(tmp_path: Path) -> None:
    test = TEST.replace("double", "triple").replace("2), 4", "2), 6")
    files = {"app.py": "def triple(n):\n    return 3 * n\n", "tests/test_app.py": test}
    verdict = asked(tmp_path, files)
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert "cannot start without the change" in verdict.summary


def test_a_test_that_is_skipped_or_fails_after_is_no_witness(tmp_path: Path) -> None:
    skipped = TEST.replace(
        "    def test_of_nothing", "    @unittest.skip('x')\n    def test_of_nothing"
    )
    wrong = skipped.replace("double(2), 4", "double(2), 5")
    verdict = asked(tmp_path, {"tests/test_app.py": wrong})
    assert verdict.outcome == Outcome.NOTHING_SHOWN


def test_what_the_tests_need_from_among_the_tests_comes_along(tmp_path: Path) -> None:
    test = TEST.replace("double(0), 0", "double(0), ZERO").replace(
        "from app", "from tests.numbers import ZERO\nfrom app"
    )
    files = {
        "app.py": "def double(n):\n    return 2 * n\n",
        "tests/test_app.py": test,
        "tests/numbers.py": "ZERO = 0\n",
    }
    assert asked(tmp_path, files).outcome == Outcome.PASSED


BY_PYTEST = """\
import pytest
from app import double

@pytest.fixture
def nothing():
    return 0

@pytest.mark.parametrize("number", [1, 2])
def test_numbers(number):
    assert double(number) == 2 * number

def test_of_nothing(nothing):
    assert double(nothing) == 0
"""


def by_pytest(tmp_path: Path, files: Mapping[str, bytes | str | None]) -> GateVerdict:
    """Ask about a change to a target whose tests pytest runs."""
    repository = make_repository(tmp_path, FILES)
    limits = replace(LIMITS, pythons=(("target", sys.executable),))
    manifest = manifest_with_tests("pytest", "-q", "tests/elsewhere")
    return witness.run(
        changed(repository, files), Context(repository, manifest, WHITELIST, limits)
    )


def test_a_test_for_pytest_that_comes_along_is_a_witness_too(tmp_path: Path) -> None:
    files = {"app.py": "def double(n):\n    return 2 * n\n", "tests/test_app.py": BY_PYTEST}
    verdict = by_pytest(tmp_path, files)
    assert verdict.outcome == Outcome.PASSED
    assert verdict.summary == (
        "1 test of the change fails without it and passes with it"
        " (tests/test_app.py::test_of_nothing)."
    )


def test_a_test_for_pytest_that_cannot_start_before_shows_nothing(tmp_path: Path) -> None:
    test = BY_PYTEST.replace("double", "triple").replace("2 *", "3 *")
    files = {"app.py": "def triple(n):\n    return 3 * n\n", "tests/test_app.py": test}
    verdict = by_pytest(tmp_path, files)
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert "cannot start without the change" in verdict.summary


def test_where_pytest_is_not_to_be_had_the_cases_count_all_the_same(tmp_path: Path) -> None:
    repository = make_repository(tmp_path, FILES)
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    limits = replace(LIMITS, pythons=(("target", str(bare / "bin" / "python")),))
    manifest = MANIFEST.model_copy(update={"tests": manifest_with_tests("pytest").tests})
    files = {"limit": "800\n", "tests/test_app.py": BY_PYTEST}
    context = Context(repository, manifest, WHITELIST, limits, cases=(case(600),))
    assert witness.run(changed(repository, files), context).outcome == Outcome.PASSED
    alone = witness.run(changed(repository, files), replace(context, cases=()))
    assert alone.outcome == Outcome.NOTHING_SHOWN
    assert "could not be run by their names: pytest is not in the Python" in alone.summary


def test_the_runner_hands_the_cases_on(tmp_path: Path) -> None:
    repository: Repository = make_repository(tmp_path, FILES)
    verdict = runner.check(
        changed(repository, {"limit": "500\n"}),
        repository,
        manifest=MANIFEST,
        parameters=WHITELIST,
        at=AT,
        limits=LIMITS,
        gates=(witness,),
        cases=[case(600)],
    )
    assert verdict.outcome == Outcome.REFUSED


def test_a_case_is_no_larger_than_a_hook_should_have_to_read() -> None:
    with pytest.raises(TooLarge, match=f"{LARGEST} are allowed"):
        Case("search", b"x" * (LARGEST + 1))
