"""Is a module that a change breaks told from one that was broken, or cannot be tried here?"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.validation.changing import LIMITS, ask, changed, make_repository, said
from validation.gates import imports
from validation.models import Outcome
from validation.verdicts import CouldNotRun, GateVerdict, Limits

FILES: Mapping[str, bytes] = {
    "shop/__init__.py": b"",
    "shop/prices.py": b"VAT = 19\n",
    "shop/cart.py": b"from shop.prices import VAT\n",
    "shop/web.py": b"import not_installed_here\nfrom shop.prices import VAT\n",
    "shop/old.py": b"import shop.prices\nraise RuntimeError('as ever')\n",
    "README.md": b"# Shop\n",
}


def asked(
    tmp_path: Path,
    files: Mapping[str, bytes | str | None],
    before: Mapping[str, bytes] = FILES,
    limits: Limits = LIMITS,
) -> GateVerdict:
    """Ask the gate about this change of a small shop."""
    repository = make_repository(tmp_path, before)
    return ask(imports, changed(repository, files), repository, limits=limits)


def test_a_module_that_still_imports_passes_with_those_that_import_it(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"shop/prices.py": "VAT = 20\n"})
    assert verdict.outcome == Outcome.PASSED
    assert said(verdict) == (
        "2 modules import; 1 module did not before either (shop.old);"
        " 1 module cannot be tried here: no module named “not_installed_here”"
    )
    assert verdict.findings == ()


def test_a_broken_module_refuses_at_the_line_and_names_what_it_brings_down(
    tmp_path: Path,
) -> None:
    verdict = asked(tmp_path, {"shop/prices.py": "VAT = 19\nTAX = UNKNOWN\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert "no longer import with the change (shop.prices, shop.cart" in verdict.summary
    [mark] = verdict.findings
    assert (mark.path, mark.line) == ("shop/prices.py", 2)
    assert "shop.prices raises NameError (and 1 more for the same reason)" in mark.message
    assert mark.message.splitlines()[1:] == [
        "shop/prices.py:2",
        "NameError: name 'UNKNOWN' is not defined",
    ]


def test_a_name_that_others_took_is_missed_where_they_are(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"shop/prices.py": "TAX = 19\n"})
    assert verdict.outcome == Outcome.REFUSED
    [mark] = verdict.findings
    assert mark.path == "shop/cart.py"
    assert "cannot import name 'VAT'" in mark.message


def test_a_module_that_is_gone_breaks_whoever_imports_it(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"shop/prices.py": None})
    assert verdict.outcome == Outcome.REFUSED
    assert "shop.cart" in verdict.summary
    assert "No module named 'shop.prices'" in verdict.findings[0].message


def test_what_cannot_be_parsed_refuses_at_its_line(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"shop/prices.py": "VAT = 19\ndef broken(:\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert (verdict.findings[0].path, verdict.findings[0].line) == ("shop/prices.py", 2)


def test_what_failed_before_is_told_and_refuses_nothing(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"shop/old.py": "import shop.prices\nraise RuntimeError('so')\n"})
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert said(verdict) == "1 module did not before either (shop.old)"


def test_what_needs_something_that_is_not_here_is_never_a_pass(tmp_path: Path) -> None:
    text = "import not_installed_here\nfrom shop.prices import VAT  # more\n"
    before = {**FILES, "shop/other.py": b"import not_installed_here\n"}
    verdict = asked(tmp_path, {"shop/web.py": text}, before)
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert "1 module cannot be tried here" in verdict.summary


def test_a_dependency_that_the_requirements_name_is_known(tmp_path: Path) -> None:
    before = {**FILES, "requirements.txt": b"Not-Written_Yet==1.0\n"}
    verdict = asked(tmp_path, {"shop/cart.py": "import not_written_yet\n"}, before)
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert "no module named “not_written_yet”" in verdict.summary


def test_a_module_of_which_nobody_has_heard_refuses(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"shop/cart.py": "import jsno\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert "No module named 'jsno'" in verdict.findings[0].message


def test_a_new_failure_before_the_missing_dependency_is_the_changes_own(tmp_path: Path) -> None:
    text = "from shop.prices import GONE\nimport not_installed_here\n"
    before = {**FILES, "shop/other.py": b"import not_installed_here\n"}
    verdict = asked(tmp_path, {"shop/web.py": text}, before)
    assert verdict.outcome == Outcome.REFUSED
    assert "cannot import name 'GONE'" in verdict.findings[0].message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import os\nos._exit(0)\n", "ends the process with exit code 0"),
        ("import sys\nsys.exit(0)\n", "raises SystemExit"),
        ("import os\nos.kill(os.getpid(), 9)\n", "is ended by signal 9"),
        ("import os\nfor n in range(3, 99):\n    try: os.write(n, b'x')\n"
         "    except OSError: pass\n", "ends the process with exit code 0"),
    ],
)  # fmt: skip
def test_an_end_in_the_middle_is_no_import(tmp_path: Path, text: str, told: str) -> None:
    verdict = asked(tmp_path, {"shop/prices.py": text})
    assert verdict.outcome == Outcome.REFUSED
    assert told in verdict.findings[0].message


def test_one_module_cannot_speak_for_another(tmp_path: Path) -> None:
    """It looks for the descriptor and the word with which results are told, in all ways."""
    liar = (
        "import glob, os, sys\n"
        "word = open(sys.orig_argv[-1]).read().split('\"nonce\": \"')[1].split('\"')[0]\n"
        'line = (word + \' {"item": 1, "ok": true}\\n\').encode()\n'
        "for place in [*glob.glob('/proc/self/fd/*'), *glob.glob(f'/proc/{os.getppid()}/fd/*')]:\n"
        "    try:\n"
        "        with open(place, 'wb', buffering=0) as out: out.write(line)\n"
        "    except OSError: pass\n"
    )
    files = {"shop/prices.py": liar + "VAT = 1\n", "shop/cart.py": "raise RuntimeError('mine')\n"}
    verdict = asked(tmp_path, files)
    assert verdict.outcome == Outcome.REFUSED
    assert "shop.cart" in verdict.summary


def test_a_module_that_hangs_is_ended_and_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("validation.trying.sandboxed.SECONDS_EACH", 0.5)
    files = {"shop/prices.py": "import time\ntime.sleep(60)\n", "shop/new.py": "X = 1\n"}
    verdict = asked(tmp_path, files)
    assert verdict.outcome == Outcome.REFUSED
    assert any("takes longer than 0.5 s" in mark.message for mark in verdict.findings)
    assert "1 module imports" in verdict.summary


def test_what_the_time_left_untried_is_counted_and_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MOST", 1)
    verdict = asked(tmp_path, {"shop/prices.py": "VAT = 20\n"})
    assert said(verdict) == "1 module imports; 3 more were not tried"


def test_without_an_answer_from_the_base_nobody_is_blamed_or_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base takes longer than there is time, and the change fails at once."""
    monkeypatch.setattr("validation.trying.sandboxed.SECONDS_EACH", 30)
    before = {**FILES, "shop/cart.py": b"import time\ntime.sleep(30)\n"}
    limits = Limits(test_timeout_seconds=3)
    with pytest.raises(CouldNotRun, match="the time was up"):
        asked(tmp_path, {"shop/cart.py": "raise RuntimeError\n"}, before, limits)


def test_a_change_that_reaches_no_module_shows_nothing_and_asks_nobody(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"README.md": "# The shop\n"})
    assert (verdict.outcome, verdict.level) == (Outcome.NOTHING_SHOWN, None)
    assert said(verdict) == imports.WORDS.nothing


def test_a_target_without_python_shows_nothing(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"main.go": "package main\n"}, {"README.md": b"# Go\n"})
    assert verdict.outcome == Outcome.NOTHING_SHOWN


def test_a_module_whose_name_is_python_s_own_is_not_taken_for_it(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"queue.py": "raise RuntimeError\n"}, {"README.md": b"x\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert "another module's here" in verdict.findings[0].message


@pytest.mark.parametrize("name", ["pip", "setuptools"])
def test_the_target_goes_before_what_somebody_installed(tmp_path: Path, name: str) -> None:
    verdict = asked(tmp_path, {f"{name}/__init__.py": "OURS = 1\n"}, {"README.md": b"x\n"})
    assert verdict.outcome == Outcome.PASSED


def test_to_import_is_not_to_start(tmp_path: Path) -> None:
    verdict = asked(tmp_path, {"shop/__main__.py": "raise SystemExit('started')\n"})
    assert verdict.outcome == Outcome.NOTHING_SHOWN


def test_scripts_find_their_neighbours(tmp_path: Path) -> None:
    before = {"tools/common_part.py": b"A = 1\n", "tools/run.py": b"import common_part\n"}
    verdict = asked(tmp_path, {"tools/common_part.py": "A = 2\n"}, before)
    assert said(verdict) == "1 module imports"
    verdict = asked(tmp_path / "again", {"tools/run.py": "import common_part  # x\n"}, before)
    assert said(verdict) == "1 module imports"


def test_newer_python_cannot_be_tried_here_and_is_blamed_on_nobody(tmp_path: Path) -> None:
    declared = {**FILES, "pyproject.toml": b'[project]\nrequires-python = ">=3.12"\n'}
    verdict = asked(tmp_path / "1", {"shop/prices.py": "VAT = 20\ntype Rate = int\n"}, declared)
    assert verdict.outcome == Outcome.NOTHING_SHOWN
    assert "3 modules cannot be tried here: written for a newer Python (shop.prices" in (
        verdict.summary
    )
    verdict = asked(tmp_path / "2", {"shop/rates.py": "type Rate = int\n"})
    assert verdict.outcome == Outcome.NOTHING_SHOWN


def test_what_worked_here_may_not_become_newer_python_where_the_project_is_not(
    tmp_path: Path,
) -> None:
    older = {**FILES, "pyproject.toml": b'[project]\nrequires-python = ">=3.11"\n'}
    for number, before in enumerate((FILES, older)):
        change = {"shop/prices.py": "VAT = 20\ntype Rate = int\n"}
        verdict = asked(tmp_path / str(number), change, before)
        assert verdict.outcome == Outcome.REFUSED
        assert verdict.findings[0].path == "shop/prices.py"


@pytest.mark.parametrize(
    "text",
    [
        "type Rate = int\ndef broken(:\n",
        "compile('type Rate = int', 'shop/else.py', 'exec')\n",
        "compile('x = = 1', __file__, 'exec')\n",
    ],
)
def test_what_is_no_python_at_all_is_refused_in_a_project_for_newer_python(
    tmp_path: Path, text: str
) -> None:
    declared = {**FILES, "pyproject.toml": b'[project]\nrequires-python = ">=3.12"\n'}
    assert asked(tmp_path, {"shop/prices.py": text}, declared).outcome == Outcome.REFUSED
