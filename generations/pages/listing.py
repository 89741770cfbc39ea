"""Which generations were there, what came of each, and how is the next one asked for?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from generations.forms import FilterForm, RunForm, open_loop
from generations.models import Generation, Writer
from generations.pages import reading
from generations.reporting.figures import points
from generations.reporting.kinds import Kind
from personas.ledger import spending
from personas.showing import who_answers
from targets.models import Target

SIZE = 50
LONGEST = 18  # digits of a key


@dataclass(frozen=True)
class Row:
    """Hold one line of the list."""

    generation: Generation
    title: str
    kind: Kind
    took: str
    gain: str
    cost: str


@dataclass(frozen=True)
class Slice:
    """Hold one page, the newest first, and the keys of its neighbours."""

    rows: Sequence[Row]
    newer: int | None
    older: int | None

    @property
    def is_moving(self) -> bool:
        """Tell whether something on it has not ended."""
        return any(row.generation.is_open for row in self.rows)


def context(asked: Any, now: datetime) -> dict[str, Any]:
    """Return what the list shows for an address."""
    form = FilterForm(asked)
    found = form.narrowed(Generation.objects.select_related("target"), now)
    part = around(found, now, before=asked.get("before", ""), after=asked.get("after", ""))
    loop = open_loop(form.cleaned_data.get("loop"))
    target = form.cleaned_data.get("target")
    return {
        "nav": "generations",
        "form": form,
        "part": part,
        "loop": loop,
        "made": loop.generations.count() if loop else 0,
        "moving": part.is_moving or bool(loop and loop.ended_at is None),
        "run": RunForm(initial={"target": target.slug if target else None}),
        "has_targets": Target.objects.exists(),
        "next": comes_next(),
        "configured": Writer(settings.SELFIMPROVE.generations.engine),
        "who_answers": who_answers,  # asked only where the form is shown: it reads a file
    }


def around(found: QuerySet[Any], now: datetime, *, before: str = "", after: str = "") -> Slice:
    """Return the generations older than one key, or newer than another, or the newest."""
    found = found.defer("diff", "review")
    if _is_key(after):
        rising = list(found.filter(pk__gt=int(after)).order_by("pk")[: SIZE + 1])
        shown = rising[:SIZE][::-1]
        newer = shown[0].pk if len(rising) > SIZE else None
        return Slice(rows(shown, now), newer, shown[-1].pk if shown else None)
    if _is_key(before):
        found = found.filter(pk__lt=int(before))
    falling = list(found.order_by("-pk")[: SIZE + 1])
    shown = falling[:SIZE]
    newer = shown[0].pk if shown and _is_key(before) else None
    return Slice(rows(shown, now), newer, shown[-1].pk if len(falling) > SIZE else None)


def rows(found: Sequence[Any], now: datetime) -> list[Row]:
    """Return lines with what each cost; what nobody knows is never written as nothing."""
    names = [one.purpose for one in found]
    real = spending.of_purposes(names)
    simulated = spending.of_purposes(names, simulated=True)
    return [
        Row(
            one,
            reading.title_of(one),
            Kind(one.kind),
            reading.lasted(one, now),
            "" if one.gain is None else points(one.gain),
            cost_of(one, real, simulated),
        )
        for one in found
    ]


def cost_of(
    generation: Generation,
    real: dict[str, spending.Spent],
    simulated: dict[str, spending.Spent],
) -> str:
    """Say what a generation cost."""
    name = generation.purpose
    if generation.is_open and name not in real and name not in simulated:
        return "nothing yet"
    if name in real:
        return real[name].words
    return f"{simulated[name].words} (simulated)" if name in simulated else spending.NOTHING_ASKED


def comes_next() -> str:
    """Say when the next generation begins."""
    hours: float = settings.SELFIMPROVE.generations.every_hours
    if not hours:
        return "None begins by itself: generations.every_hours is 0."
    return f"One begins by itself on each target every {hours:g} h."


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST
