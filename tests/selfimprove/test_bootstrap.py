"""What a bare machine is told, and how the command line's settings travel."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from selfimprove import bootstrap

MANAGE = str(bootstrap.ROOT / "manage.py")


def test_set_options_move_to_the_environment_and_leave_the_command_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SELFIMPROVE_SET", '["a.b=0"]')
    words = ["manage.py", "up", "--set", "web.port=1", "--only", "web", "--set=web.host=x"]
    assert bootstrap.take_settings(words) == ["manage.py", "up", "--only", "web"]
    assert json.loads(os.environ["SELFIMPROVE_SET"]) == ["a.b=0", "web.port=1", "web.host=x"]


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", Path("/proc/nowhere/.venv"))
    monkeypatch.setattr(bootstrap, "PYTHON", Path("/proc/nowhere/.venv/bin/python"))
    with pytest.raises(bootstrap.CannotStart, match=r"cannot be written .*SELFIMPROVE_NO_VENV=1"):
        bootstrap.prepare("base")


def test_changed_requirements_change_the_stamp(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "requirements").mkdir()
    for name in ("base.txt", "dev.txt"):
        (tmp_path / "requirements" / name).write_text("django==1\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    before = bootstrap._digest("base"), bootstrap._digest("dev")
    (tmp_path / "requirements" / "dev.txt").write_text("django==2\n")
    assert bootstrap._digest("base") == before[0]
    assert bootstrap._digest("dev") != before[1]


def test_unusable_settings_end_a_command_with_one_sentence() -> None:
    done = _manage("config", "validate", "--set", "web.prt=1")
    assert done.returncode == 1
    assert done.stderr == "Configuration: web.prt (command line): Extra inputs are not permitted\n"


def test_a_data_folder_that_cannot_be_made_ends_a_command_with_one_sentence() -> None:
    done = _manage("config", "validate", "--set", "paths.data=/proc/nowhere")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_bootstrap_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import selfimprove.bootstrap;"
        "print([name for name in sys.modules if 'site-packages' in"
        " (getattr(sys.modules[name], '__file__', '') or '')])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(bootstrap.ROOT)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "name", ["manage.py", "selfimprove/__init__.py", "selfimprove/bootstrap.py"]
)
def test_an_old_python_can_read_what_tells_it_so(name: str) -> None:
    text = (bootstrap.ROOT / name).read_text()
    ast.parse(text, feature_version=(3, 6))
    assert "from __future__" not in text


def test_another_python_is_told_which_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SELFIMPROVE_NO_VENV", raising=False)
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    monkeypatch.setattr(sys, "prefix", "/usr")
    with pytest.raises(bootstrap.CannotStart, match=r"needs Python 3\.11; this is 3\.9\.18"):
        bootstrap.enter(["manage.py", "demo"])


def test_without_git_a_sentence_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bootstrap.CannotStart, match="needs git"):
        bootstrap.enter(["manage.py", "demo"])


def _manage(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if "SELFIMPROVE" not in name}
    return subprocess.run(
        [sys.executable, MANAGE, *words],
        env={**environment, "SELFIMPROVE_NO_VENV": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_environment_for_development_serves_the_product_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "requirements").mkdir()
    for name in ("base.txt", "dev.txt"):
        (tmp_path / "requirements" / name).write_text("no-such-distribution==1\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    (tmp_path / ".venv" / "stamp-dev").write_text(bootstrap._digest("dev"))
    bootstrap.prepare("base")
    assert not (tmp_path / ".venv" / "stamp-base").exists()
