"""Do fixers keep to the files and rules that they were asked about, whatever else they see?"""

from pathlib import Path

import pytest

from generations.engines.embedded.chain import FIXERS, NOTHING_TO_TEST, Outcome, fix
from personas.fixers import Copy, Edit, Fixed, Only, judges
from tests.generations.embedded.shops import shop
from tests.personas.fixers.seeded import FILES, repository

pytestmark = pytest.mark.django_db

PRICING, BACKUP = "shop/pricing.py", "tools/backup.sh"
PLANTED = {**FILES, "tools/other.sh": "#!/bin/sh\ncp $1 $2\ncd $3\n"}


def fixed(folder: Path, fixer: str, paths: set[str], *rules: str, tests: bool = False) -> Outcome:
    held = shop(repository(folder / "shop", PLANTED), tests=tests)
    return fix(held, names=[fixer], only=Only(frozenset(paths), frozenset(rules)))


@pytest.mark.parametrize(
    ("fixer", "path", "rules"),
    [
        ("ast-grep", PRICING, ("ast-grep:yaml-safe-load",)),
        ("ast-grep", PRICING, ("ast-grep:md5-not-for-security", "ast-grep:requests-timeout")),
        ("ruff", PRICING, ("ruff:F401",)),
        ("ruff", PRICING, ("ruff:F841",)),
        ("shellcheck", BACKUP, ("shellcheck:SC2086",)),
        ("init-files", "shop/reports/__init__.py", ("init-files:missing",)),
    ],
)
def test_only_the_named_file_changes_and_by_the_named_rules(
    tmp_path: Path, fixer: str, path: str, rules: tuple[str, ...]
) -> None:
    outcome = fixed(tmp_path, fixer, {path}, *rules)
    assert [(one.path, one.rules) for one in outcome.hunks] == [(path, rules)]
    assert outcome.diff.count("diff --git") == 1
    assert outcome.dropped == ()


@pytest.mark.parametrize("fixer", [name for name in FIXERS if name != "repair"])
def test_files_that_were_not_asked_about_stay_whatever_is_wrong_with_them(
    tmp_path: Path, fixer: str
) -> None:
    outcome = fixed(tmp_path, fixer, {"README.md", "../shop/pricing.py", "nowhere.py"})
    assert (outcome.diff, outcome.hunks, outcome.dropped) == ("", (), ())


@pytest.mark.parametrize("fixer", ["ast-grep", "shellcheck", "init-files", "ruff"])
def test_a_rule_that_was_not_asked_for_changes_nothing(tmp_path: Path, fixer: str) -> None:
    everything = set(PLANTED) | {"shop/reports/__init__.py"}
    outcome = fixed(tmp_path, fixer, everything, "another:rule")
    assert outcome.diff == ""


def test_a_repair_is_sought_in_the_named_file_alone(tmp_path: Path) -> None:
    elsewhere = fixed(tmp_path / "a", "repair", {"shop/reports/monthly.py"}, tests=True)
    assert (elsewhere.diff, elsewhere.hunks) == ("", ())
    assert "no line that could be edited" in elsewhere.notes[0]
    assert (elsewhere.tests, elsewhere.not_run) == (None, {"tests": NOTHING_TO_TEST})
    named = fixed(tmp_path / "b", "repair", {PRICING}, tests=True)
    assert [one.path for one in named.hunks] == [PRICING]
    assert (named.failing_after, named.tests) == ((), 6)


def test_what_a_fixer_brings_up_beyond_its_bounds_is_dropped_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(copy: Copy) -> Fixed:
        edits = (
            Edit("README.md", "# Shop\n", "# Other\n", ("x:1",)),
            Edit(BACKUP, copy.text(BACKUP), "#!/bin/sh\n", ("x:2",)),
            Edit("tools/new.sh", None, "#!/bin/sh\n", ("x:1",)),
        )
        return Fixed(edits)

    monkeypatch.setitem(FIXERS, "shellcheck", careless)
    outcome = fixed(tmp_path, "shellcheck", {BACKUP, "tools/new.sh"}, "x:1")
    assert [one.path for one in outcome.hunks] == ["tools/new.sh"]
    assert [(one.path, one.reason) for one in outcome.dropped] == [
        ("README.md", "it is none of the files that were asked about"),
        (BACKUP, "x:2 was not asked for"),
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/shop.py", True),
        ("a/tests/b/c.sh", True),
        ("test_shop.py", True),
        ("shop/conftest.py", True),
        ("shop/pricing_test.py", True),
        ("shop/attests/a.py", False),
        ("tests.py", False),
        ("shop/latest_prices.py", False),
    ],
)
def test_what_judges_is_known_by_its_name(path: str, expected: bool) -> None:
    assert judges(path) is expected
