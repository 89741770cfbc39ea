"""What the tests of AgentCore stand on: no account of this machine's."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep whatever AWS account this machine knows out of the tests."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA-planted")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-planted")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
