"""What the tests of sandboxes stand on: a tree that anybody may read, and a machine that can."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports.sandbox.running import IDENTITIES, Runner, need_a_sandbox


@pytest.fixture(scope="session")
def machine() -> None:
    """Go on only where a sandbox can be had."""
    need_a_sandbox()


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a folder that every user may enter and write to; pytest's own are for one."""
    folder = Path(tempfile.mkdtemp(prefix="probe-", dir="/var/tmp"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def tree(place: Path) -> Path:
    """Give a small tree."""
    folder = place / "tree"
    folder.mkdir()
    (folder / "app.py").write_text("ANSWER = 42\n")
    (folder / "run.sh").write_text("#!/bin/sh\necho ran\n")
    (folder / "run.sh").chmod(0o755)
    return folder


@pytest.fixture(params=IDENTITIES)
def confined(request: pytest.FixtureRequest, machine: None, tree: Path) -> Runner:
    """Give a sandbox of the highest level, as root and as an ordinary user."""
    return Runner(request.param, tree)
