"""Who wants a real provider to be asked says so: `make test-live`. A key alone is no wish."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what costs money wherever tests of another kind are run."""
    if config.option.markexpr != "live":
        skip = pytest.mark.skip(reason="make test-live asks the real provider")
        for item in items:
            if item.get_closest_marker("live"):
                item.add_marker(skip)
