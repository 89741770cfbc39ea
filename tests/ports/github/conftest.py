"""A GitHub on loopback with one branch to propose."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports.github.clients import Waits
from tests.ports.github.hub import Hub
from tests.ports.github.server import GitHub
from tests.ports.origins import commit, make_bare, sha


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHub]:
    git = make_bare(tmp_path / "origin.git", {"a.txt": "one\n", "b.txt": "one\n"})
    commit(git, "work", {"a.txt": "two\n"}, start=sha(git, "main"))
    with GitHub(Hub(git)) as serving:
        yield serving
    assert serving.wrong == []  # by GitHub's own description


@pytest.fixture
def waits() -> Waits:
    return Waits()
