"""Is the operator's Python found with what it needs to see, and no other?"""

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from selfimprove import config
from targets.testing.pythons import NoPython, Python, chosen


def environment(folder: Path, home: str = "/usr/bin") -> Path:
    python = folder / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("")
    (folder / "venv" / "pyvenv.cfg").write_text(f"home = {home}\nversion = 3.11.2\n")
    return python


def test_where_none_is_named_the_sandboxs_own_is_taken() -> None:
    assert chosen("shop", {"other": "/nowhere"}, "python3.12") == Python("python3.12")


def test_a_virtual_environment_is_shown(tmp_path: Path) -> None:
    python = environment(tmp_path)
    assert chosen("shop", {"shop": str(python)}, "python3") == Python(
        str(python), (tmp_path / "venv",)
    )


def test_the_python_that_it_was_made_from_is_shown_too(tmp_path: Path) -> None:
    python = environment(tmp_path, f"{tmp_path}/python/bin")
    found = chosen("shop", {"shop": str(python)}, "python3")
    assert found.visible == (tmp_path / "python", tmp_path / "venv")


def test_a_link_is_followed(tmp_path: Path) -> None:
    python = environment(tmp_path)
    python.unlink()
    real = tmp_path / "real" / "bin" / "python3"
    real.parent.mkdir(parents=True)
    real.write_text("")
    python.symlink_to(real)
    assert tmp_path / "real" in chosen("shop", {"shop": str(python)}, "python3").visible


def test_what_lies_in_usr_is_seen_anyway() -> None:
    found = chosen("shop", {"shop": "/usr/bin/env"}, "python3")
    assert found == Python("/usr/bin/env")


def test_one_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NoPython, match=r"names .*nowhere for shop, which is not there"):
        chosen("shop", {"shop": str(tmp_path / "nowhere")}, "python3")


def test_the_configuration_takes_whole_paths_only() -> None:
    assert config.Validation(pythons={"shop": Path(sys.executable)}).pythons
    with pytest.raises(ValidationError, match="no whole path"):
        config.Validation(pythons={"shop": Path("venv/bin/python")})
