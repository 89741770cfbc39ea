"""Which settings say where GitHub is, and what a merge there waits for?"""

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

PUBLIC = "https://api.github.com"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


class GitHub(BaseModel):
    """Set where GitHub's REST API is and what is asked of a pull request before its merge."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = PUBLIC
    repositories: dict[str, str] = Field(default_factory=dict)
    merge_method: Literal["merge", "squash", "rebase"] = "merge"
    reviews: int = Field(default=1, ge=0, le=10)
    checks: tuple[str, ...] = ()
    wait_hours: float = Field(default=24, gt=0, le=24 * 30)
    nudge_hours: float = Field(default=8, gt=0)
    request_seconds: float = Field(default=20, gt=0, le=120)

    @field_validator("url")
    @classmethod
    def _an_address(cls, given: str) -> str:
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"write {PUBLIC}, or https://HOST/api/v3 for GitHub Enterprise")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("it is an address and no more: the token comes from the environment")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("a token may not cross a network in the clear: write https://")
        return given.rstrip("/")

    @field_validator("repositories")
    @classmethod
    def _owner_and_name(cls, given: dict[str, str]) -> dict[str, str]:
        for slug, name in given.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"{slug}: {name!r} is not OWNER/NAME")
        return given

    @property
    def host(self) -> str:
        """Return the host where people and git reach the same GitHub."""
        host = urlsplit(self.url).hostname or ""
        is_cloud = host == "api.github.com" or host.endswith(".ghe.com")
        return host.removeprefix("api.") if is_cloud else host
