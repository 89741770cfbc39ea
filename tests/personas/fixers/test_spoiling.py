"""Is what would do something else, or only hide what was found, left as it is?"""

from dataclasses import replace
from pathlib import Path

import pytest

from personas.fixers import Only
from personas.fixers.ruff_fixes import ruff_fixes
from personas.fixers.spoiling import ASKED, LET_GO, RENAMED, spoils
from tests.personas.fixers.test_fixers import after, copy

READLINE = "try:\n    import readline\nexcept Exception:\n    READS = False\n"
SPOILT = {
    "a-probe": (READLINE, READLINE.replace("import readline", "pass"), ASKED),
    "one-of-two": (
        READLINE.replace("readline\n", "readline, os\n") + "os.sep\n",
        READLINE.replace("readline\n", "os\n") + "os.sep\n",
        ASKED,
    ),
    "deeper": (
        "try:\n    if x:\n        from a import b\nfinally:\n    pass\n",
        "try:\n    if x:\n        pass\nfinally:\n    pass\n",
        ASKED,
    ),
    "suppressed": (
        "with suppress(ImportError):\n    import a\n",
        "with suppress(ImportError):\n    pass\n",
        ASKED,
    ),
    "a-folder": ("def f():\n    place = TemporaryDirectory()\n",
                 "def f():\n    TemporaryDirectory()\n", LET_GO),
    "a-sum": ("def f(x):\n    took = time() - x\n", "def f(x):\n    time() - x\n", LET_GO),
    "underscored": ("a, b = f()\nprint(b)\n", "_a, b = f()\nprint(b)\n", RENAMED),
}  # fmt: skip
HARMLESS = {
    "an-import": ("import os\nx = 1\n", "x = 1\n"),
    "of-a-function": (
        "try:\n    def f():\n        import os\nfinally:\n    pass\n",
        "try:\n    def f():\n        pass\nfinally:\n    pass\n",
    ),
    "a-constant": ("def f():\n    x = 5\n    return 1\n", "def f():\n    return 1\n"),
    "an-exception": (
        "try:\n    f()\nexcept E as e:\n    g()\n",
        "try:\n    f()\nexcept E:\n    g()\n",
    ),
    "a-private-name": ("x = 1\n", "x = 1\n_y = 2\n"),
    "a-docstring": ("def f():\n    x = 1\n", 'def f():\n    """Say."""\n'),
    "no-python-before": ("def (:\n", "x = 1\n"),
    "no-python-after": ("x = 1\n", "def (:\n"),
    "nulls": ("x = 1\0\n", "x = 2\n"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_speaks_against_a_text_is_named(name: str) -> None:
    before, mended, why = SPOILT[name]
    assert spoils(before, mended) == why
    assert spoils(before, before) == ""


@pytest.mark.parametrize("name", HARMLESS)
def test_nothing_speaks_against_what_is_only_left_out(name: str) -> None:
    assert spoils(*HARMLESS[name]) == ""


def test_what_cannot_be_walked_to_its_ground_is_not_judged() -> None:
    deep = f"x = {'-' * 100_000}1\n"
    assert spoils(deep, deep) == ""


def test_of_one_file_the_good_is_taken_and_the_rest_is_told(tmp_path: Path) -> None:
    text = (
        '"""é 🙂"""; import json, os, sys\n'
        "import re\n\n"
        "try:\n    import readline\nexcept Exception:\n    READS = False\n\n"
        "try:\n    import threading\n    import queue\n    THREADS = True\n"
        "except Exception:\n    THREADS = False\n\n\n"
        "def pair(it):\n    place = make()\n    a, b = it.x, it.y\n    left = 5\n"
        "    return sys, b\n"
    )
    fixed = ruff_fixes(copy(tmp_path, {"a.py": text}))
    wanted = (
        text.replace("import json, os, sys\nimport re\n", "import sys\n")
        .replace("import threading\n    import queue", "import queue\n    import threading")
        .replace("    left = 5\n", "")
    )
    assert after(fixed) == {"a.py": wanted}
    assert fixed.notes == (f"a.py: {LET_GO}", f"a.py: {ASKED}")
    assert set(fixed.edits[0].rules) >= {"ruff:F401", "ruff:F841"}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("F401", READLINE),
        ("F841", "def f(it):\n    a, b = it.x, it.y\n"),
        ("F841", "def f():\n    place = make()\n    g()\n"),
    ],
)
def test_where_nothing_else_is_offered_the_file_stays(
    tmp_path: Path, rule: str, text: str
) -> None:
    only = Only(frozenset({"a.py"}), frozenset({f"ruff:{rule}"}))
    fixed = ruff_fixes(replace(copy(tmp_path, {"a.py": text}), only=only))
    assert after(fixed) == {}
    assert len(fixed.notes) == 1
