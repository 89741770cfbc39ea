"""What do the rooms above know about patterns? They hand it in; this room asks nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Hold one proposal that answers a pattern, and what became of it."""

    title: str
    url: str
    status: str
    tone: str
    at: datetime
    verdict: str = ""
    verdict_tone: str = "quiet"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Deployed:
    """Hold one moment at which something was deployed to a target, or taken back."""

    at: datetime
    label: str
    taken_back: bool = False


class Told(Protocol):
    """Tell what the rooms above know."""

    def remedies(self, patterns: Sequence[int]) -> Mapping[int, Sequence[Remedy]]:
        """Return what answers these patterns, the latest first."""

    def deployments(self, target_id: int, start: datetime, end: datetime) -> Sequence[Deployed]:
        """Return a target's deployments of a span."""


_told: list[Told] = []


def join(told: Told) -> None:
    """Let somebody tell; the latest one is asked."""
    _told[:] = [told]


def remedies(patterns: Sequence[int]) -> Mapping[int, Sequence[Remedy]]:
    """Return what answers these patterns, as far as anybody told."""
    return _told[0].remedies(patterns) if _told and patterns else {}


def deployments(target_id: int, start: datetime, end: datetime) -> Sequence[Deployed]:
    """Return a target's deployments of a span, as far as anybody told."""
    return _told[0].deployments(target_id, start, end) if _told else ()
