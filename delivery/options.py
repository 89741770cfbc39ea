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
    evidence: float = Field(default=50, gt=1)
    effect: float = Field(default=1.25, gt=1)
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
