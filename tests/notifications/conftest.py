"""What the tests of notifications stand on: servers, a target and a clock."""

from pathlib import Path

import pytest

from targets.models import Target
from tests.factories import make_target
from tests.notifications.listening import hook, post, slack
from tests.notifications.scene import Clock

__all__ = ["hook", "post", "slack"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)
