"""What the tests of the chat stand on: the secrets in the environment, a target, a reviewer."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from targets.models import Target
from tests.chat.talking import SECRET, Talk, account
from tests.factories import make_target, make_user


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", SECRET)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def rita() -> User:
    return make_user("reviewer", name="rita")


@pytest.fixture
def talk(rita: User) -> Talk:
    account(rita)
    return Talk()
