"""When may changes be made, and which of them must wait for it?"""

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator

from delivery.windows.rules import read


def _rule(line: str) -> str:
    read(line)
    return line


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"there is no time zone {name!r}; one is named like Europe/Berlin"
        ) from None
    return name


class Windows(BaseModel):
    """Say when a merge may happen; without rules always."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    rules: tuple[Annotated[str, AfterValidator(_rule)], ...] = ()
    risks: tuple[Literal["low", "medium", "high", "critical"], ...] = (
        "medium",
        "high",
        "critical",
    )
    holidays: tuple[Path, ...] = ()  # iCalendar files: on their days no window opens

    @field_validator("holidays")
    @classmethod
    def _whole_paths(cls, paths: tuple[Path, ...]) -> tuple[Path, ...]:
        for path in paths:
            if not path.is_absolute():
                raise ValueError(f"{path} depends on where one stands; give the whole path")
        return paths
