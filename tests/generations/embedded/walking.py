"""How does a test walk generations of code fixers on a target, and rows of earlier ones?"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import LazySettings

from generations import engines
from generations.engines.embedded import ENGINE
from generations.models import Generation, Loop, Outcome, PhaseRun, Reason, Writer
from generations.phases.shape import Turn
from generations.running import loop, opening, series
from generations.running.opening import Wish
from targets import manifest
from targets.models import Target
from targets.repository import Repository
from tests.factories import NOW, make_target
from tests.generations.scene import ADA, Clock, configure

LINT = ("lint_score",)
UNUSED = '"""Prices."""\n\nimport os\n\n\ndef total(prices: list[int]) -> int:\n' + (
    '    """Add up."""\n    return sum(prices)\n'
)
SHOP: Mapping[str, str] = {
    "README.md": "# Shop\n",
    "shop/__init__.py": '"""A shop."""\n',
    "shop/prices.py": UNUSED,
    "shop/orders.py": UNUSED.replace("total", "count_up"),
}


def target(
    folder: Path,
    settings: LazySettings,
    files: Mapping[str, str] = SHOP,
    *,
    benchmarks: tuple[str, ...] = LINT,
    pythons: Mapping[str, Path] | None = None,
    slug: str = "shop",
) -> Target:
    """Make a target that only these benchmarks judge."""
    configure(settings, "benchmarks", enabled=benchmarks)
    configure(settings, "validation", pythons=dict(pythons or {}))
    return make_target(folder, slug=slug, files=files)


def begin(on: Target, **wish: Any) -> Generation:
    """Open a generation."""
    return opening.begin(Wish(target=on, actor=ADA, **wish), at=NOW)


def walk(on: Target, clock: Clock | None = None, **wish: Any) -> Generation:
    """Walk a whole generation, and wait after each error."""
    clock = clock or Clock()
    generation = opening.begin(Wish(target=on, actor=ADA, **wish), at=clock())
    return finish(generation, clock)


def finish(generation: Generation, clock: Clock) -> Generation:
    """Walk on to the end, and wait after each error."""
    for _ in range(40):
        generation = loop.drive(generation.pk, clock, engines=engines.chosen)
        if not generation.is_open:
            break
        clock.at = max(clock.at, generation.next_step_at)
    return generation


def in_a_row(on: Target, wanted: int, **wish: Any) -> Loop:
    """Walk a series to its end."""
    clock = Clock()
    asked = series.ask(Wish(target=on, actor=ADA, **wish), wanted, at=clock())
    while (generation := series.next_of(asked, at=clock())) is not None:
        finish(generation, clock)
        clock.forward(minutes=1)
    asked.refresh_from_db()
    return asked


def turn(generation: Generation, *, is_over: bool = False) -> Turn:
    """Give what a phase of this generation works with."""
    repository = Repository.of(generation.target)
    base = generation.base_commit
    return Turn(
        generation=generation,
        repository=repository,
        manifest=manifest.read(repository, base) if base else manifest.Manifest(),
        engine=ENGINE,
        clock=Clock(),
        stopped=lambda: is_over,
        told=lambda _words: None,
    )


def ended(
    on: Target,
    focus: str,
    outcome: str = Outcome.REJECTED,
    kind: str = Reason.NO_GAIN,
    **columns: Any,
) -> Generation:
    """Write down a generation that has ended."""
    last = Generation.objects.filter(target=on).order_by("-number").first()
    accepted = outcome == Outcome.ACCEPTED
    return Generation.objects.create(
        **{
            "target": on,
            "number": last.number + 1 if last else 1,
            "writer": Writer.EMBEDDED,
            "asked_by": ADA.id,
            "phase": "decide",
            "outcome": outcome,
            "reason_kind": "" if accepted else kind,
            "reason": "" if accepted else "No gain beyond noise.",
            "base_commit": on.head_commit,
            "focus": focus,
            "focus_words": f"About {focus}",
            "started_at": NOW,
            "ended_at": NOW + timedelta(minutes=1),
            "deadline_at": NOW + timedelta(hours=1),
            "next_step_at": NOW,
            **columns,
        }
    )


def run_of(generation: Generation, phase: str, **columns: Any) -> PhaseRun:
    """Write down a run of a phase."""
    return PhaseRun.objects.create(
        generation=generation, phase=phase, started_at=NOW, ended_at=NOW, **columns
    )


def opened(on: Target, **columns: Any) -> Generation:
    """Write down a generation that is at work."""
    still = {"reason_kind": "", "reason": "", "ended_at": None}
    return ended(on, "", "", **{**still, **columns})
