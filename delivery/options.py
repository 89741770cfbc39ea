"""Which settings bound a delivery, and how is its effect watched?"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ports.addresses import private


class Watch(BaseModel):
    """Set how a deployment is watched; a minute may be shorter in a demo."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minute_seconds: float = Field(default=60.0, gt=0, le=60)
    window_minutes: int = Field(default=60, ge=1)
    extended_minutes: int = Field(default=1440, ge=1)
    baseline_minutes: int = Field(default=1440, ge=1)
    baseline_days: int = Field(default=7, ge=1)
    baseline_failures: int = Field(default=100, ge=1)
    evidence: float = Field(default=50, gt=1)
    effect: float = Field(default=1.25, gt=1)
    least_failures: int = Field(default=3, ge=1)
    slice_minutes: int = Field(default=5, ge=1)
    slice_cap: float = Field(default=5, gt=1)
    refutation: float = Field(default=10, gt=1)
    doubling_after_minutes: int = Field(default=360, ge=1)
    broken_share: float = Field(default=0.8, gt=0, le=1)
    broken_calls: int = Field(default=20, ge=1)
    broken_below: float = Field(default=0.4, ge=0, le=1)
    silence_calls: int = Field(default=100, ge=1)
    signals: tuple[Literal["slow_calls", "failed_tasks"], ...] = ("slow_calls", "failed_tasks")
    control: bool = True  # compare with the part that a change left alone, where there is one
    control_failures: int = Field(default=20, ge=1)
    control_share: float = Field(default=0.25, gt=0)
    on_inconclusive: Literal["keep", "revert", "ask"] = "keep"


class Delivery(BaseModel):
    """Bound a delivery's steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lease_seconds: int = Field(default=30, ge=5)
    deadline_minutes: int = Field(default=2880, ge=1)
    deploy_timeout_seconds: int = Field(default=3600, ge=1)
    callback_url: str = ""  # where deployers elsewhere reach us; empty: this machine only
    private_hosts: tuple[str, ...] = ()

    @field_validator("callback_url")
    @classmethod
    def _an_address(cls, given: str) -> str:
        return private(given)

    @field_validator("private_hosts")
    @classmethod
    def _names(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for host in given:
            if not host or any(sign in host for sign in "/:@* "):
                raise ValueError(f"{host!r} is no name of a host: write one such as deploy.lan")
        return tuple(host.lower() for host in given)
