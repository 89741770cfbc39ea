"""Which settings bound a delivery, and how is its effect watched?"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Watch(BaseModel):
    """Set how a deployment is watched; a minute may be shorter in a demo."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minute_seconds: float = Field(default=60.0, gt=0, le=60)
    window_minutes: int = Field(default=60, ge=1)
    extended_minutes: int = Field(default=1440, ge=1)
    baseline_minutes: int = Field(default=1440, ge=1)
    evidence: float = Field(default=50, gt=1)
    effect: float = Field(default=1.25, gt=1)
    on_inconclusive: Literal["keep", "revert", "ask"] = "keep"


class Delivery(BaseModel):
    """Bound a delivery's steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lease_seconds: int = Field(default=30, ge=5)
    deadline_minutes: int = Field(default=2880, ge=1)
    deploy_timeout_seconds: int = Field(default=60, ge=1)
