"""Which settings bound a generation, and what must hold before its work is proposed?"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Generations(BaseModel):
    """Say who writes, when the clock starts one by itself, and what is accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Literal["embedded", "model"] = "embedded"
    every_hours: float = Field(default=0, ge=0, le=24 * 30)  # 0: only when somebody asks
    lease_seconds: int = Field(default=30, ge=3)
    deadline_minutes: float = Field(default=60, gt=0, le=24 * 60)
    consensus: float = Field(default=0.6, ge=0, le=1)  # the review's score that is enough
    threshold: float = Field(default=0, ge=0, le=1)  # of the weighted gain beyond noise
    files: int = Field(default=10, ge=1, le=100)
    lines: int = Field(default=400, ge=1, le=10_000)
    tests_required: bool = False  # whether code may only change together with a test
    rejections: int = Field(default=3, ge=1, le=20)  # after so many a focus is left alone
