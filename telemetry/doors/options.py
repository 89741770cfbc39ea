"""Which settings bound what one request may hand in?"""

from pydantic import BaseModel, ConfigDict, Field


class Doors(BaseModel):
    """Bound what one request may hand in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_body_bytes: int = Field(default=8_000_000, ge=1024)
    max_inflated_bytes: int = Field(default=32_000_000, ge=1024)
    max_items: int = Field(default=10_000, ge=1)
