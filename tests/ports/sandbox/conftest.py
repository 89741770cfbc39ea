"""What the tests of sandboxes stand on: a tree that anybody may read, and a machine that can."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ports.sandbox.bubblewrap import Bubblewrap
from tests.ports.sandbox.running import IDENTITIES, Runner, as_nobody


@pytest.fixture(scope="session")
def machine() -> None:
    """Skip where no sandbox can be had, but fail in CI, with what the doctor says."""
    standing = Bubblewrap().examine()
    if standing.enough and "nobody" in IDENTITIES:
        standing = as_nobody(Bubblewrap().examine)
    if not standing.enough:
        words = f"{standing.missing} {standing.remedy}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)


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
