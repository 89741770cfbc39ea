"""Which settings are in force, where did each come from, and how did the schedule go."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.conf import settings

from selfimprove import config
from selfimprove.console.clock import Due, schedule
from selfimprove.console.state import LoopState, loop_state
from selfimprove.doctor import agentcore, findings, forges, smoke
from selfimprove.doctor.findings import Finding
from selfimprove.models import Heartbeat, Switch
from validation.proving import corpus
from validation.proving.corpus import Seen

SECRET = re.compile(r"secret|password|token|api_?key|credential", re.IGNORECASE)
HIDDEN = "set, not shown"


@dataclass(frozen=True)
class Row:
    """Show one setting."""

    key: str
    value: str
    origin: str

    @property
    def is_default(self) -> bool:
        """Tell whether nobody chose it."""
        return self.origin == "default"


@dataclass(frozen=True)
class InForce:
    """Hold the settings page."""

    sections: list[tuple[str, list[Row]]]
    schedule: list[Due]
    loop: LoopState
    switch: Switch | None
    hosts: list[Heartbeat]
    minute_seconds: float
    machine: list[Finding]
    cheats: tuple[Seen, ...]
    agentcore: bool

    @property
    def caught(self) -> str:
        """Count what the gates caught of the known ways to fake success."""
        return smoke.caught(self.cheats)

    @property
    def short_minute(self) -> str:
        """Word the length of a watch minute where it is shortened; else nothing."""
        return f"{self.minute_seconds:g}" if self.minute_seconds < 60 else ""


def gather(now: datetime) -> InForce:
    """Gather the page."""
    return InForce(
        sections=sections(config.effective()),
        schedule=schedule(now),
        loop=loop_state(now),
        switch=Switch.objects.filter(paused_at__isnull=False).first(),
        hosts=list(Heartbeat.objects.order_by("host")),
        minute_seconds=settings.SELFIMPROVE.watch.minute_seconds,
        machine=[*findings.lately(), *forges.heard()],
        cheats=corpus.recorded(),
        agentcore=agentcore.is_on(),
    )


def sections(found: Iterable[config.Effective]) -> list[tuple[str, list[Row]]]:
    """Group settings by section; a secret's value never leaves this function."""
    grouped = groupby(found, key=lambda one: one.section)
    return [(section, [_row(one) for one in members]) for section, members in grouped]


def _row(one: config.Effective) -> Row:
    hidden = bool(SECRET.search(one.key)) and bool(one.value)
    value = HIDDEN if hidden else _worded(one.value)
    return Row(one.key, value, one.origin)


def _worded(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(member) for member in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} = {one}" for name, one in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
