"""How long do people have before a standing approval lets a change through?"""

from pydantic import BaseModel, ConfigDict, Field


class Standing(BaseModel):
    """Set the time between an announcement and the approval."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet_minutes: int = Field(default=30, ge=1, le=7 * 24 * 60)
