"""Is it named when test runners or CI are told to ask for less?"""

import pytest

from validation.strictness import running
from validation.strictness.suite import CannotBeRead

PYPROJECT = """\
[project]
name = "x"

[tool.pytest.ini_options]
addopts = ["-ra", "--strict-markers"]
testpaths = ["tests"]
markers = ["slow: takes long"]
filterwarnings = ["error"]

[tool.coverage.report]
fail_under = 90
"""
TOX = "[pytest]\naddopts = -ra --strict\nxfail_strict = true\n\n[testenv]\ncommands = pytest\n"
CI = """\
on: push
jobs:
  test:
    steps:
      - uses: actions/checkout@v4
      - name: tests
        run: |
          pip install .
          pytest -q
      - run: ruff check .
"""
MAKE = "test:\n\tpytest -q\n\nrelease:\n\t./publish\n"


def found(path: str, old: str | None, new: str | None) -> list[str]:
    return [one.message for one in running.weaknesses(path, old, new)]


@pytest.mark.parametrize(
    ("path", "text", "old", "new", "words"),
    [
        ("pyproject.toml", PYPROJECT, '"-ra"', '"-ra", "-k", "not slow"', "addopts is -ra"),
        ("pyproject.toml", PYPROJECT, ', "--strict-markers"', "", "addopts is -ra; it was"),
        ("pyproject.toml", PYPROJECT, '["tests"]', '["tests/unit"]', "testpaths is tests/unit"),
        ("pyproject.toml", PYPROJECT, '["slow: takes long"]', "[]", "markers is"),
        ("pyproject.toml", PYPROJECT, '["error"]', '["ignore"]', "filterwarnings is ignore"),
        ("pyproject.toml", PYPROJECT, "fail_under = 90", "fail_under = 50", "fail_under is 50"),
        ("pyproject.toml", PYPROJECT, "fail_under = 90", "", "fail_under is gone; it was 90"),
        ("pyproject.toml", PYPROJECT, "fail_under", 'omit = ["app.py"]\nfail_under', "omit is"),
        ("tox.ini", TOX, "xfail_strict = true", "xfail_strict = false", "xfail_strict is false"),
        (
            "tox.ini",
            TOX,
            "commands = pytest",
            "commands = true",
            "commands is true; it was pytest",
        ),
        ("tox.ini", TOX, "-ra --strict", "-ra --strict --ignore=tests/a", "--ignore=tests/a"),
        (
            ".github/workflows/ci.yml",
            CI,
            "          pytest -q\n",
            "",
            "gone or another one: pytest",
        ),
        (".github/workflows/ci.yml", CI, "pytest -q", "pytest -q || true", "pytest -q"),
        (".github/workflows/ci.yml", CI, "      - run: ruff check .\n", "", "ruff check ."),
        (
            ".github/workflows/ci.yml",
            CI,
            "      - name: tests",
            "      - continue-on-error: true\n        name: tests",
            "may fail: continue-on-error: True",
        ),
        (
            ".github/workflows/ci.yml",
            CI,
            "      - name: tests",
            "      - if: github.actor == 'x'\n        name: tests",
            "can be left out",
        ),
        ("Makefile", MAKE, "\tpytest -q", "\ttrue", "pytest -q"),
    ],
)
def test_less_is_named(path: str, text: str, old: str, new: str, words: str) -> None:
    assert old in text
    assert running.concerns(path)
    told = found(path, text, text.replace(old, new, 1))
    assert any(words in one for one in told), told


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        ("pyproject.toml", PYPROJECT, 'name = "x"', 'name = "y"\nversion = "2"'),
        ("pyproject.toml", PYPROJECT, "fail_under = 90", "fail_under = 95"),
        ("pyproject.toml", PYPROJECT, '"slow: takes long"', '"slow: takes long", "net: x"'),
        ("pyproject.toml", PYPROJECT, '"-ra"', '"-ra", "--strict-config"'),
        ("tox.ini", TOX, "[testenv]", "[flake8]\nmax = 3\n\n[testenv]"),
        (
            ".github/workflows/ci.yml",
            CI,
            "      - run: ruff",
            "      - run: mypy .\n      - run: ruff",
        ),
        ("Makefile", MAKE, "./publish", "./publish --all"),
        (".github/workflows/ci.yml", CI, "actions/checkout@v4", "actions/checkout@v5"),
        (".github/workflows/ci.yml", CI, "pip install .", "python -m pip install -e ."),
    ],
)
def test_as_much_or_more_is_not(path: str, text: str, old: str, new: str) -> None:
    assert old in text
    assert found(path, text, text.replace(old, new, 1)) == []


def test_a_file_that_is_gone_or_new_is_compared_with_nothing() -> None:
    assert found("tox.ini", TOX, None) != []
    assert found("pytest.ini", None, "[pytest]\naddopts = -k nothing\n") == [
        "pytest.addopts is -k nothing, and was not said before"
    ]
    assert found(".github/workflows/new.yml", None, CI) == []
    assert len(found(".github/workflows/ci.yml", CI, None)) == 2


@pytest.mark.parametrize(
    ("old", "words"),
    [
        ("pip install .\n          pytest -q", "pytest -q"),
        ("pip install . && pytest -q", "pip install . && pytest -q"),
        ("make", "make"),
        ("./ci.sh", "./ci.sh"),
    ],
)
def test_a_step_that_may_ask_for_something_is_named_when_it_is_gone(old: str, words: str) -> None:
    text = CI.replace("pip install .\n          pytest -q", old)
    told = found(".github/workflows/ci.yml", text, text.replace(old, "echo done"))
    assert told == [f"a step is gone or another one: {words}"]


def test_an_action_of_somebody_elses_is_named_when_it_is_gone() -> None:
    text = CI.replace("actions/checkout@v4", "codecov/codecov-action@v4")
    path = ".github/workflows/ci.yml"
    assert found(path, text, text.replace("action@v4", "action@v5")) == []
    assert found(path, text, text.replace("codecov/codecov-action@v4", "./nothing")) == [
        "a step is gone or another one: codecov/codecov-action"
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[tool"),
        ("tox.ini", "no section\n"),
        (".github/workflows/ci.yml", "a: [\n"),
    ],
)
def test_what_cannot_be_read_is_said(path: str, text: str) -> None:
    with pytest.raises(CannotBeRead):
        found(path, "", text)


@pytest.mark.parametrize("path", ["app.py", "README.md", "config/tools.yaml", "setup.py"])
def test_other_files_are_not_its_concern(path: str) -> None:
    assert not running.concerns(path)
