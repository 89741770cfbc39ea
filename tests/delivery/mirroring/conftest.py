"""A delivery that waits on a GitHub on loopback, with people on either side."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.delivery.on_github import Stage, staged


@pytest.fixture
def stage(
    tmp_path: Path, db: None, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Open the pull request."""
    with staged(tmp_path, settings, monkeypatch) as made:
        made.drive()
        yield made
