"""How often does the watch err on traffic whose truth is known, beside other rules?

Rebuilds the simulation that the rule was chosen by: seeded minute counts, seven days before a
deployment and one after. Prints each goal with what was found, and the same for a plain
threshold and for a sequential test. SELFIMPROVE_REPLICAS (6) sets how many deployments a cell
gets; a goal counts as missed when it is so beyond the noise of that number.
"""

import math
import os
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.statistics import Verdict, baseline_of, decide
from benchmarks.watching.control import reverts
from benchmarks.watching.shares import control_of, watched
from tests.perf import watch_rules
from tests.perf.traffic import BROKEN, DAY, VARIANTS, Cell, World, part

REPLICAS = int(os.environ.get("SELFIMPROVE_REPLICAS", "6"))
NEVER = 10**6
TRAFFIC, RATES = (20, 100, 1000, 10_000), (0.005, 0.02, 0.1)
DIFFERENT = {"independent": ("steady", "seasonal"), "clumped": ("bursty",)}
DIFFERENT |= {"drifting": ("drifting",), "incidents": ("incidents",)}
CONTROLS = (
    ("drifting", 5000, 0.02),
    ("incidents", 5000, 0.005),
    ("incidents", 500, 0.02),
    ("steady", 500, 0.02),
)


@dataclass(frozen=True)
class Found:
    """Hold what each rule said of one deployment: the minute of its revert, and ours in full."""

    cell: Cell
    verdict: str
    minute: int
    naive_once: int
    naive_live: int
    msprt: int
    extra: float

    @property
    def ours(self) -> int:
        """Return the minute in which ours reverts."""
        return self.minute if self.verdict == Verdict.REVERT else NEVER


def one(task: tuple[Cell, int]) -> Found:
    """Deploy once."""
    cell, seed = task
    name = f"{cell.variant}{cell.per_hour}{cell.base}{cell.effect}{seed}"
    world = World(random.Random(name), cell.variant)  # noqa: S311
    before, since = part(world, cell)
    said = decide(baseline_of(before), since, DAY)
    until = since[: said.minute] if said.verdict is Verdict.REVERT else since
    extra = sum(f for _, f in until) - cell.base * sum(c for c, _ in until)
    return Found(
        cell,
        said.verdict,
        said.minute,
        naive_once=watch_rules.naive_once(before, since) or NEVER,
        naive_live=watch_rules.naive_live(before, since) or NEVER,
        msprt=watch_rules.msprt(before, since) or NEVER,
        extra=extra,
    )


def beside(task: tuple[str, float, float, float, int]) -> tuple[int, int]:
    """Deploy once to one of two halves; return when the control and when ours would revert."""
    variant, per_hour, base, effect, _ = task
    world = World(random.Random(f"half{task}"), variant)  # noqa: S311
    touched = part(world, Cell(variant, per_hour, base, effect))
    others = part(world, Cell(variant, per_hour, base))
    before, since = (list(zip(*both, strict=True)) for both in zip(touched, others, strict=True))
    control = control_of(before, since)
    first = next((s.minute for s in watched(control, DAY) if reverts(s)), NEVER)
    alone = decide(baseline_of(touched[0]), touched[1], DAY)
    return first, alone.minute if alone.verdict is Verdict.REVERT else NEVER


def tasks() -> Iterator[tuple[Cell, int]]:
    """List the deployments: harmless ones of every kind, and harmful ones where goals are set."""
    for variant, per_hour, base in product(VARIANTS, TRAFFIC, RATES):
        effects = [1.0]
        if per_hour >= 100:
            effects.append(BROKEN)
        if per_hour >= 1000 and base >= 0.02:
            effects.append(1.5)
        if base >= 0.02:
            effects.append(2.0)
        if per_hour >= 1000 and base == 0.02:
            effects.append(5.0)
        for effect in effects:
            yield from ((Cell(variant, per_hour, base, effect), n) for n in range(REPLICAS))


def main() -> int:
    """Deploy all of it; return 1 where a goal is missed beyond the noise."""
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        found = list(pool.map(one, tasks(), chunksize=8))
        asked = [(*c, e, n) for c in CONTROLS for e in (1.0, 2.0) for n in range(REPLICAS * 4)]
        halves = list(zip(asked, pool.map(beside, asked, chunksize=8), strict=True))
    _say(
        f"  {len(found)} deployments, {REPLICAS} to a cell, and {len(halves)} to one of two halves"
    )
    _others(found)
    missed = [name for name, held in _judged(found) if not held]
    _controls(halves)
    return 1 if missed else 0


def _others(found: Sequence[Found]) -> None:
    """Print how often each rule reverts what is harmless, and misses what is not."""
    rules: dict[str, Callable[[Found], int]] = {
        "1 h over 1.25 x 24 h, once": lambda f: f.naive_once,
        "the same, each minute": lambda f: f.naive_live,
        "mixture SPRT 20:1, an hour": lambda f: f.msprt,
        "ours, a day": lambda f: f.ours,
    }
    names = "/".join(DIFFERENT)
    _say(f"  reverted though harmless, % ({names}), then doublings missed, %")
    for name, rule in rules.items():
        rates = [
            _share([rule(f) < NEVER for f in found if f.cell.effect == 1 and f.cell.variant in of])
            for of in DIFFERENT.values()
        ]
        late = _share([rule(f) == NEVER for f in found if f.cell.effect == 2])
        told = " / ".join(f"{100 * rate:.1f}" for rate, _ in rates)
        _say(f"    {name:<28}{told:<28}{100 * late[0]:.0f}")


def _judged(found: Sequence[Found]) -> Iterator[tuple[str, bool]]:
    """Hold what was found against the goals."""
    harmless = [f for f in found if f.cell.effect == 1]
    for (name, of), most in zip(DIFFERENT.items(), (0.01, 0.02, 0.045, 0.05), strict=True):
        falsely = [f.ours < NEVER for f in harmless if f.cell.variant in of]
        yield _goal(f"false reverts, {name}", falsely, most=most)
    yield from _harm(found)
    yield from _calm(found)


def _harm(found: Sequence[Found]) -> Iterator[tuple[str, bool]]:
    """Judge how soon harm is found, and what it costs until then."""
    large = [f for f in found if f.cell.per_hour >= 1000]
    doubled = [f for f in found if f.cell.effect == 2]
    broken = [f for f in found if f.cell.effect == BROKEN]
    yield _goal("broken found in a day", [f.ours <= DAY for f in broken], least=0.98)
    yield _median("broken, from 100 calls/h", broken, 30)
    yield _median("broken, from 1000 calls/h", [f for f in broken if f in large], 10)
    yield _median("five times, from 1000 calls/h", [f for f in large if f.cell.effect == 5], 40)
    for variant in VARIANTS:
        cells = [f for f in doubled if f.cell.variant == variant and f.cell.base == 0.02]
        caught = [f.ours <= DAY for f in cells if f.cell.per_hour >= 1000]
        yield _goal(f"doublings found in a day, {variant}", caught, least=0.8)
    half = [f.ours <= DAY for f in large if f.cell.effect == 1.5]
    yield _goal("half more found in a day", half, least=0.65)
    extra = [f.extra for f in doubled if f.cell.per_hour == 1000 and f.cell.base == 0.02]
    mean, error = statistics.fmean(extra), statistics.stdev(extra) / math.sqrt(len(extra))
    held = mean - 2 * error <= 90
    _say(f"  extra failing calls of a doubling: {mean:.0f}; goal at most 90: {_met(held)}")
    yield "extra", held


def _calm(found: Sequence[Found]) -> Iterator[tuple[str, bool]]:
    """Judge what is called a success."""
    wrongly = [f.verdict == Verdict.IMPLEMENTED for f in found if f.cell.effect == 2]
    yield _goal("doublings called implemented", wrongly, most=0.1)
    harmless = [f for f in found if f.cell.effect == 1 and f.cell.base >= 0.02]
    calm = [f for f in harmless if f.cell.per_hour >= 1000]
    kept = [f.verdict == Verdict.IMPLEMENTED for f in calm]
    yield _goal("nothing changed, implemented", kept, least=0.85)
    early = [f.verdict == Verdict.IMPLEMENTED and f.minute < 60 for f in found]
    yield _goal("implemented before an hour", early, most=0.0)


def _goal(
    name: str, hits: Sequence[bool], *, most: float | None = None, least: float | None = None
) -> tuple[str, bool]:
    rate, error = _share(hits)
    held = rate - 2 * error <= most if most is not None else rate + 2 * error >= (least or 0)
    wanted = f"at most {100 * most:g}" if most is not None else f"at least {100 * (least or 0):g}"
    _say(f"  {name}: {100 * rate:.1f} % of {len(hits)}; goal {wanted} %: {_met(held)}")
    return name, held


def _median(name: str, found: Sequence[Found], most: int) -> tuple[str, bool]:
    """Take the worst of the cells' medians."""
    cells: dict[Cell, list[int]] = {}
    for one_of in found:
        cells.setdefault(one_of.cell, []).append(one_of.ours)
    worst = max(statistics.median(minutes) for minutes in cells.values())
    said = f"{worst:g} min" if worst < NEVER else "never"
    held = max(_median_at_best(minutes) for minutes in cells.values()) <= most
    _say(f"  {name}: worst median {said}; goal at most {most} min: {_met(held)}")
    return name, held


def _median_at_best(minutes: Sequence[int]) -> int:
    """Return what the true median is at least, as far as so few of them can tell."""
    count = len(minutes)
    return sorted(minutes)[max(0, int(count / 2 - math.sqrt(count)))]


def _share(hits: Sequence[bool]) -> tuple[float, float]:
    """Return a share and its standard error, which is not nothing where nothing was hit."""
    count = max(len(hits), 1)
    smoothed = (sum(hits) + 0.5) / (count + 1)
    return sum(hits) / count, math.sqrt(smoothed * (1 - smoothed) / count)


def _controls(
    halves: Sequence[tuple[tuple[str, float, float, float, int], tuple[int, int]]],
) -> None:
    """Print both ways side by side, where one half is left alone."""
    _say("  one of two halves touched, % reverted: harmless in a day; doubled in 1 h / 6 h / 24 h")
    for variant, per_hour, base in CONTROLS:
        of = [(t[3], m) for t, m in halves if t[:3] == (variant, per_hour, base)]
        _say(f"    {variant} {per_hour}/h {100 * base:g} %")
        for place, name in enumerate(("live control", "before and after")):
            harmless = _share([m[place] <= DAY for effect, m in of if effect == 1])[0]
            doubled = [m[place] for effect, m in of if effect == 2]
            told = " / ".join(
                f"{100 * _share([m <= by for m in doubled])[0]:.0f}" for by in (60, 360, DAY)
            )
            _say(f"      {name:<20}{100 * harmless:5.1f}; {told}")


def _met(holds: bool) -> str:
    return "met" if holds else "MISSED"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
