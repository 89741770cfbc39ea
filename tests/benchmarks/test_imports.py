"""Are imports that lead nowhere seen, without importing anything, and others left alone?"""

from pathlib import Path

import pytest

from tests.benchmarks.scenes import fingerprints, measured

HOUSE = {
    "shop/__init__.py": "",
    "shop/prices.py": "TAX = 3\n\n\ndef total(): pass\n",
    "shop/deep/__init__.py": "",
    "shop/deep/a.py": "",
    "shop/loose.py": "globals()['late'] = 1\n",
}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("import shop.gone", "no-module"),
        ("from shop import gone", "no-name"),
        ("from shop.prices import gone", "no-name"),
        ("from . import gone", "no-name"),
        ("from ..prices import gone", "no-name"),
        ("from ... import far", "beyond-top"),
        ("import nowhere_to_be_found", "not-installed"),
        ("def f(:", "syntax"),
    ],
    ids=lambda value: str(value).replace(" ", "_"),
)
def test_what_leads_nowhere_is_named(line: str, rule: str, tmp_path: Path) -> None:
    where = "shop/deep/b.py" if "from .." in line or "from ..." in line else "shop/b.py"
    found = measured("import_check", tmp_path, {**HOUSE, where: f"{line}\n"})
    assert fingerprints(found) == [(rule, where, "")]


@pytest.mark.parametrize(
    "code",
    [
        "from shop.prices import TAX, total",
        "from shop.loose import late",
        "from shop.deep import a",
        "from .prices import *",
        "from . import prices",
        "import json, os.path",
        "import msvcrt",
        "try:\n    import nowhere_to_be_found\nexcept ImportError:\n    pass",
        "import sys\nif sys.platform == 'win32':\n    import nowhere_to_be_found",
        "def f():\n    import nowhere_to_be_found",
    ],
    ids=range(10),
)
def test_what_leads_somewhere_or_is_guarded_is_not(code: str, tmp_path: Path) -> None:
    found = measured("import_check", tmp_path, {**HOUSE, "shop/b.py": f"{code}\n"})
    assert fingerprints(found) == []


def test_a_declared_dependency_that_is_not_here_is_said_and_no_finding(tmp_path: Path) -> None:
    files = {"a.py": "import far_away\n", "requirements.txt": "Far-Away>=2\n"}
    found = measured("import_check", tmp_path, files)
    assert found.value == 0
    assert "not looked for: far_away" in found.words


def test_nothing_is_imported(tmp_path: Path) -> None:
    files = {"a.py": "import b\n", "b.py": "raise SystemExit('ran')\n"}
    assert measured("import_check", tmp_path, files).value == 0
