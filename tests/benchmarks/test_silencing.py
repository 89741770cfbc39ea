"""What a tree says to its judges, in comments, settings or docstrings, has no word."""

from pathlib import Path

import pytest

from benchmarks.measures.asking import NotMeasured
from tests.benchmarks.scenes import CALM, UNITTEST, measured

BAD = "import os\n\n\ndef f(x) -> int:\n    return eval(x) + undefined\n"
SILENCED = (
    "# mypy: ignore-errors\n# ruff: noqa\nimport os  # noqa\n\n\n"
    "def f(x) -> int:  # type: ignore\n"
    "    return eval(x) + undefined  # noqa: S307,F821 # nosec # type: ignore[name-defined]\n"
)
SETTINGS = {
    "pyproject.toml": '[tool.ruff]\nexclude = ["*.py"]\n[tool.mypy]\nignore_errors = true\n',
    "ruff.toml": 'exclude = ["*.py"]\n',
    "mypy.ini": "[mypy]\nignore_errors = True\n",
    ".gitignore": "*.py\n",
    ".ruff_cache/x": "",
}


@pytest.mark.parametrize("name", ["lint_score", "security_scan", "type_check"])
def test_silencing_changes_no_score(name: str, tmp_path: Path) -> None:
    plain = measured(name, tmp_path / "plain", {"a.py": BAD})
    silenced = measured(name, tmp_path / "silenced", {"a.py": SILENCED, **SETTINGS})
    assert plain.value
    assert silenced.fingerprints == plain.fingerprints


def test_no_comment_and_no_setting_takes_lines_out_of_coverage(tmp_path: Path) -> None:
    hidden = CALM["shop/prices.py"].replace("int) -> int:", "int) -> int:  # pragma: no cover")
    settings = {".coveragerc": "[run]\nomit = *\n", "setup.cfg": "[coverage:run]\nomit = *\n"}
    plain = measured("code_coverage", tmp_path / "plain", CALM)
    silenced = measured(
        "code_coverage", tmp_path / "silenced", {**CALM, **settings, "shop/prices.py": hidden}
    )
    assert silenced.value == plain.value
    assert silenced.fingerprints == plain.fingerprints


@pytest.mark.parametrize("name", ["security_scan", "lint_score", "type_check", "code_complexity"])
def test_docstrings_and_comments_alone_make_no_score_better(name: str, tmp_path: Path) -> None:
    padded = (
        '"""'
        + "Words.\n" * 200
        + '"""\n'
        + BAD.replace("    return", '    """Say."""\n    return')
    )
    before = measured(name, tmp_path / "before", {"a.py": BAD})
    after = measured(name, tmp_path / "after", {"a.py": padded + "# more\n" * 100})
    assert after.value == before.value
    assert after.fingerprints == before.fingerprints


def test_a_test_that_ends_the_process_early_brings_about_no_score(tmp_path: Path) -> None:
    cheat = "import os\nimport unittest\n\n\ndef setUpModule():\n    os._exit(0)\n"
    case = "class T(unittest.TestCase):\n    def test(self):\n        self.fail()\n"
    files = {".selfimprove.toml": UNITTEST, "test_a.py": f"{cheat}\n\n{case}"}
    with pytest.raises(NotMeasured, match="before its end"):
        measured("test_pass_rate", tmp_path, files)
