"""What do the windows mean for each target and risk right now?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from delivery.windows.options import Windows
from delivery.windows.rules import RISKS, Calendar, Standing, read
from targets.models import Target


@dataclass(frozen=True)
class Line:
    """Hold the risks of one target that are let through at the same times."""

    target: Target
    risks: tuple[str, ...]
    standing: Standing
    bounded: bool  # whether it waits for windows at all


def lines(days: Calendar, at: datetime) -> Iterator[Line]:
    """Return what holds for each target, its risks together where the same holds for them."""
    for target in Target.objects.all():
        groups: dict[object, list[str]] = {}
        for risk in RISKS:
            groups.setdefault(days.applying(target.slug, risk), []).append(risk)
        for rules, risks in groups.items():
            standing = days.standing(target.slug, risks[0], at)
            yield Line(target, tuple(risks), standing, rules is not None)


def strangers() -> list[str]:
    """Return the rules that name a target which is not there: they bind nothing."""
    said: Windows = settings.SELFIMPROVE.windows
    known = set(Target.objects.values_list("slug", flat=True))
    return [line for line in said.rules if (name := read(line).target) and name not in known]
