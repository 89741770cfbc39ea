"""What the tests of notifications stand on: servers, a target and a clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from targets.models import Target
from tests.factories import make_target
from tests.notifications.scene import Clock
from tests.notifications.servers import Hook, Post, mail, webhook


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as server:
        yield server


@pytest.fixture
def slack() -> Iterator[Hook]:
    with webhook(slack=True) as server:
        yield server


@pytest.fixture
def post() -> Iterator[Post]:
    with mail() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)
