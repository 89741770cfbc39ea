"""The places outside that tests tell: a webhook, one shaped as Slack's, and a mail server."""

from collections.abc import Iterator

import pytest

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
