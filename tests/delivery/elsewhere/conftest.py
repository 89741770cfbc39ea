"""What every test of a deployer elsewhere stands on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.elsewhere.stand import SECRET, VARIABLE, Away, away


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share a secret with the deployer."""
    monkeypatch.setenv(VARIABLE, SECRET)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Away]:
    """Bring a delivery to its deployment."""
    with away(tmp_path) as made:
        yield made
