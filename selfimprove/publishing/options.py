"""Which settings say where the log is published?"""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from audit.anchors import cosignatures


class Audit(BaseModel):
    """Set where the log is published, how often, in seconds, and what waits for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gate: Literal["sealed", "published"] = "sealed"
    publish_every: int = Field(default=3600, ge=60, le=86_400)
    publish_to_git: bool = True
    checkpoint_file: str = ""
    witness_url: str = ""
    witness_key: str = ""

    @field_validator("checkpoint_file")
    @classmethod
    def _whole_path(cls, given: str) -> str:
        if given and not Path(given).expanduser().is_absolute():
            raise ValueError("it depends on where one stands; give the whole path of the file")
        if given.endswith("/"):
            raise ValueError("it names a folder; give the whole path of the file")
        return given

    @field_validator("witness_url")
    @classmethod
    def _web_address(cls, given: str) -> str:
        if given and not re.fullmatch(r"https?://[^/\s?#]+[^\s?#]*", given):
            raise ValueError("write http:// or https://, a host, and at most a path")
        if given and urlsplit(given).port == 0:  # a port that is no number raises by itself
            raise ValueError("there is no port 0")
        return given.rstrip("/")

    @field_validator("witness_key")
    @classmethod
    def _vkey(cls, given: str) -> str:
        if given:
            cosignatures.read_key(given)
        return given

    @model_validator(mode="after")
    def _both_or_none(self) -> "Audit":
        if bool(self.witness_url) != bool(self.witness_key):
            raise ValueError("audit.witness_url and audit.witness_key are set both or not at all")
        return self
