"""Which settings does the API have?"""

from pydantic import BaseModel, ConfigDict, Field


class Api(BaseModel):
    """Bound what programs hand in, and say how long it is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_text_bytes: int = Field(default=1_000_000, ge=1024)
    most_waiting: int = Field(default=5, ge=1)
    most_generations: int = Field(default=20, ge=1)  # an hour, in one person's name
    keep_days: int = Field(default=7, ge=1)
