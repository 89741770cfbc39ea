"""Which settings say where models are asked, and how long an answer may take?"""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ports import addresses

DEFAULT_BODY_VERSION = "2026-10-21"


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
        return addresses.private(given)
