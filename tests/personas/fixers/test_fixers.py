"""What does each fixer bring up, and what does it leave alone?"""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from personas.fixers import Copy, Fixed
from personas.fixers.init_files import init_files
from personas.fixers.ruff_fixes import ruff_fixes
from personas.fixers.shell import shell
from personas.fixers.structural import structural


def copy(folder: Path, files: Mapping[str, str]) -> Copy:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
    return Copy(folder, tuple(sorted(files)))


def after(fixed: Fixed) -> dict[str, str]:
    assert fixed.not_run == ""
    return {edit.path: edit.after for edit in fixed.edits}


def test_a_package_without_its_file_gets_one_where_it_is_used_as_one(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/reports/monthly.py": "x = 1\n",
        "lib/deep/tool.py": "",
        "main.py": "from lib.deep.tool import x\nimport plain.one\n",
        "plain/one.py": "",
        "loose/two.py": "",
        "scripts/three.py": "",
        "broken.py": "def (",
    }
    assert after(init_files(copy(tmp_path, files))) == {
        "lib/deep/__init__.py": "",
        "plain/__init__.py": "",
        "shop/reports/__init__.py": "",
    }


def test_ruff_mends_what_is_safe_and_names_its_rules(tmp_path: Path) -> None:
    fixed = ruff_fixes(
        copy(tmp_path, {"a.py": "import os\n\nx = {k: k + 1 for k in {}.keys()}\n"})
    )
    assert after(fixed) == {"a.py": "\nx = {k: k + 1 for k in {}}\n"}
    assert fixed.edits[0].rules == ("ruff:F401", "ruff:SIM118")


def test_ruff_follows_the_rules_of_the_project(tmp_path: Path) -> None:
    files = {"ruff.toml": 'lint.select = ["E"]\n', "a.py": "import os\n"}
    assert after(ruff_fixes(copy(tmp_path, files))) == {}


@pytest.mark.parametrize(
    "text", ["import os\r\n", "def (:\n", "x = 1 == True\n", "\ufefffrom a import *\n"]
)
def test_ruff_leaves_what_it_would_damage_or_give_another_meaning(
    tmp_path: Path, text: str
) -> None:
    assert after(ruff_fixes(copy(tmp_path, {"a.py": text}))) == {}


def test_settings_that_ruff_cannot_read_are_told(tmp_path: Path) -> None:
    fixed = ruff_fixes(copy(tmp_path, {"ruff.toml": "select = [", "a.py": "import os\n"}))
    assert fixed.edits == ()
    assert fixed.not_run.startswith("ruff ended with 2")


def test_calls_are_rewritten_by_their_patterns_alone(tmp_path: Path) -> None:
    text = """\
import hashlib, requests, yaml   # é
a = requests.get(url)
b = requests.post(url, json={"a": 1})  # keep
c = requests.get(url, timeout=3)
d = requests.get(url, **more)
e = requests.get(
    url,
)
f = yaml.load(stream, Loader=yaml.FullLoader)
g = yaml.load(stream, Loader=yaml.SafeLoader)
h = hashlib.md5(b"x").hexdigest()
i = other.get(url)
"""
    fixed = structural(copy(tmp_path, {"pkg/a.py": text}))
    wanted = (
        text.replace("requests.get(url)", "requests.get(url, timeout=30)")
        .replace('json={"a": 1})', 'json={"a": 1}, timeout=30)')
        .replace("yaml.load(stream, Loader=yaml.FullLoader)", "yaml.safe_load(stream)")
        .replace('md5(b"x")', 'md5(b"x", usedforsecurity=False)')
    )
    assert after(fixed) == {"pkg/a.py": wanted}
    assert fixed.edits[0].rules == (
        "ast-grep:md5-not-for-security",
        "ast-grep:requests-timeout",
        "ast-grep:yaml-safe-load",
    )


def test_a_project_cannot_name_libraries_that_would_be_loaded(tmp_path: Path) -> None:
    settings = (
        "ruleDirs: [rules]\ncustomLanguages:\n  evil:\n    libraryPath: evil.so\n"
        "    extensions: [py]\n"
    )
    files = {"sgconfig.yml": settings, "a.py": "import yaml\nyaml.load(x)\n"}
    assert after(structural(copy(tmp_path, files))) == {"a.py": "import yaml\nyaml.safe_load(x)\n"}


def test_shell_scripts_get_the_quotes_that_they_lack(tmp_path: Path) -> None:
    files = {
        "a.sh": "cp $1 $2\n",
        "bin/run": '#!/usr/bin/env bash\necho `date` "$HOME"\n',
        "crlf.sh": "cp $1 $2\r\n",
        "notes.txt": "cp $1 $2\n",
    }
    fixed = shell(copy(tmp_path, files))
    assert after(fixed) == {
        "a.sh": 'cp "$1" "$2"\n',
        "bin/run": '#!/usr/bin/env bash\necho $(date) "$HOME"\n',
    }
    assert fixed.edits[0].rules == ("shellcheck:SC2086",)


def test_what_is_no_text_or_leads_elsewhere_is_not_touched(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("import os\n", encoding="utf-8")
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "link.py").symlink_to(outside)
    (folder / "latin.py").write_bytes(b"import os  # \xe9\n")
    (folder / "null.py").write_bytes(b"import os\n\0")
    held = Copy(folder, ("gone.py", "latin.py", "link.py", "null.py"))
    for fixer in (ruff_fixes, structural, shell, init_files):
        assert after(fixer(held)) == {}
    assert outside.read_text(encoding="utf-8") == "import os\n"


@pytest.mark.parametrize("fixer", [ruff_fixes, shell, structural], ids=["ruff", "shell", "sg"])
def test_a_tool_that_is_missing_is_a_result_with_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fixer: object
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    fixed = fixer(copy(tmp_path, {"a.py": "import os\n", "b.sh": "cp $1\n"}))  # type: ignore[operator]
    assert fixed.edits == ()
    assert "is not installed: pip install -r requirements/fixers.txt" in fixed.not_run
