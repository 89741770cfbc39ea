"""Which settings has the room of benchmarks?"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmarks.names import NAMES
from targets.testing.pythons import Interpreter

Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Limit = Annotated[float, Field(gt=0, le=3600)]


class Benchmarks(BaseModel):
    """Say what is measured, how much it counts and how long it may take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sandbox: Literal["local", "agentcore"] = "local"
    enabled: tuple[str, ...] = NAMES
    weights: dict[str, Weight] = Field(default_factory=dict)
    timeout_seconds: float = Field(default=60, gt=0, le=3600)
    test_timeout_seconds: float = Field(default=120, gt=0, le=3600)
    timeouts: dict[str, Limit] = Field(default_factory=dict)
    python: Interpreter | None = None  # has the tools; else the one that runs us
    at_once: int = Field(default=0, ge=0, le=64)  # 0: as many as there are cores
    batches: int = Field(default=4, ge=1, le=10)
    keep_days: int = Field(default=90, ge=1)

    @model_validator(mode="after")
    def _names_are_known(self) -> "Benchmarks":
        for name in (*self.enabled, *self.timeouts):
            if name not in NAMES:
                raise ValueError(f"there is no benchmark {name}; ours are {', '.join(NAMES)}")
        return self
