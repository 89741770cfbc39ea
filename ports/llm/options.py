"""Which settings say where models are asked, and how long an answer may take?"""

import ipaddress
import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

DEFAULT_BODY_VERSION = "2026-10-21"


def is_loopback(address: str) -> bool:
    """Tell whether an address lies on this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Models(BaseModel):
    """Set where models are asked; without an address the provider's own is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = ""
    bedrock_address: str = ""
    bedrock_region: str = Field(default="", pattern=r"^([a-z]{2}(-[a-z]+)+-\d)?$")
    bedrock_body_version: str = Field(default=DEFAULT_BODY_VERSION, min_length=1, max_length=100)
    deadline_seconds: int = Field(default=600, ge=10, le=3600)

    @field_validator("address", "bedrock_address")
    @classmethod
    def _private(cls, given: str) -> str:
        """Refuse an address at which others could read the key and the questions."""
        if not given:
            return given
        if not re.fullmatch(r"https?://[^/\s?#@\\]+(/[^\s?#@\\]*)?", given):
            raise ValueError("write https://, a host, and at most a path")
        found = urlsplit(given)
        if found.port == 0:  # a port that is no number raises by itself
            raise ValueError("there is no port 0")
        if found.scheme == "http" and not is_loopback(given):
            raise ValueError("only this machine may be asked without encryption: write https://")
        return given.rstrip("/")
