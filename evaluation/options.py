"""Which settings have the maintenance pass, the weekly scan and what wakes an evaluation?"""

from pydantic import BaseModel, ConfigDict, Field


class Maintenance(BaseModel):
    """Say when a maintenance pass comes by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sessions: int = Field(default=5, ge=0)  # 0: only when somebody asks


class Triggers(BaseModel):
    """Say what starts an evaluation before its time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    debounce_minutes: int = Field(default=30, ge=1)
    spike_minutes: int = Field(default=5, ge=1, le=60)
    spike_times: float = Field(default=5, gt=1)
    spike_least: int = Field(default=20, ge=1)
    escalations: int = Field(default=3, ge=1)
    escalation_minutes: int = Field(default=10, ge=1)
    critical_minutes: int = Field(default=10, ge=1)
