"""When does a day's digest go out, where do links lead, and which server takes our mail?"""

import re
from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ports.addresses import private
from ports.notifier.mail import receivers, server_address


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"there is no time zone {name!r}; one is named like Europe/Berlin"
        ) from None
    return name


def _hour(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise ValueError(f"{text!r} is no time of the day; write it like 09:00")
    return text


def _one(address: str) -> str:
    if len(receivers(address)) != 1:
        raise ValueError("name one address")
    return address


class Notifications(BaseModel):
    """Set when and from where people are told; where to, they say themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    digest_at: Annotated[str, AfterValidator(_hour)] = "09:00"
    address: Annotated[str, AfterValidator(private)] = ""  # of the pages, as people reach them
    mail_server: Annotated[str, AfterValidator(server_address)] = ""
    mail_from: Annotated[str, AfterValidator(_one)] = "selfimprove@localhost"
    keep_days: int = Field(default=400, ge=30)

    @property
    def zone(self) -> ZoneInfo:
        """Return the team's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def digest(self) -> time:
        """Return at which time of the day the digest goes out."""
        return time.fromisoformat(self.digest_at)
