"""What would a target's calls and failures be, minute by minute, when the truth is known?

Seeded: the same number gives the same traffic in every run. Calls come evenly or by the hour of
the day, failures alone or in clumps, at a rate that stands, drifts, or that others disturb.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

from benchmarks.statistics import Minute

DAY = 1440
BEFORE, SINCE = 7 * DAY, DAY
VARIANTS = ("steady", "seasonal", "bursty", "drifting", "incidents")
BROKEN = 0.0  # in place of a factor: nine of ten calls fail
RUN, CORRELATION = 8, 0.2
MANY = 100  # calls a minute from which runs are drawn together, with the same variance
INCIDENT_MINUTES, INCIDENT_RATE = 8.0, 0.4


@dataclass(frozen=True)
class Cell:
    """Say what the traffic is like."""

    variant: str
    per_hour: float
    base: float
    effect: float = 1.0


@dataclass
class World:
    """Hold what all parts of a target share: the day, the drift and the incidents."""

    rng: random.Random
    variant: str
    minutes: int = BEFORE + SINCE

    def __post_init__(self) -> None:
        """Draw what is shared."""
        phase = self.rng.random() * 2 * math.pi
        turn = [2 * math.pi * minute / DAY + phase for minute in range(self.minutes)]
        flat = self.variant in ("steady", "incidents")
        self.season = [1.0] * self.minutes if flat else [1 + 0.8 * math.sin(t) for t in turn]
        other = self.rng.random() * 2 * math.pi
        self.drift = list(repeat(1.0, self.minutes))
        if self.variant == "drifting":
            self.drift = [
                (1 + 0.25 * math.sin(t + other)) * math.exp(wander)
                for t, wander in zip(turn, self._wandering(), strict=True)
            ]
        self.troubled = self._incidents() if self.variant == "incidents" else set()

    def _wandering(self) -> Iterator[float]:
        """Wander around nothing: deviation 0.15, six hours of memory."""
        keep = math.exp(-1 / 360)
        step, at = 0.15 * math.sqrt(1 - keep * keep), self.rng.gauss(0, 0.15)
        for _ in range(self.minutes):
            yield at
            at = keep * at + self.rng.gauss(0, step)

    def _incidents(self) -> set[int]:
        """Have trouble outside about once a day, for some minutes."""
        troubled: set[int] = set()
        at = self.rng.expovariate(1 / DAY)
        while at < self.minutes:
            lasts = self.rng.expovariate(1 / INCIDENT_MINUTES)
            troubled.update(range(int(at), int(at + lasts) + 1))
            at += lasts + self.rng.expovariate(1 / DAY)
        return troubled


def part(world: World, cell: Cell) -> tuple[list[Minute], list[Minute]]:
    """Return the minutes of one part of a target before and since the deployment."""
    drawn = [_minute(world, cell, at) for at in range(world.minutes)]
    return drawn[:BEFORE], drawn[BEFORE:]


def _minute(world: World, cell: Cell, at: int) -> Minute:
    mean = cell.per_hour / 60 * world.season[at]
    rate = min(_quiet(world, cell) * world.drift[at], 0.95)
    if at in world.troubled:
        rate = max(rate, INCIDENT_RATE)
    if at >= BEFORE:
        rate = 0.9 if cell.effect == BROKEN else min(rate * cell.effect, 0.95)
    if world.variant == "bursty":
        return _in_runs(world.rng, mean, rate)
    calls = poisson(world.rng, mean)
    return calls, binomial(world.rng, calls, rate)


def _quiet(world: World, cell: Cell) -> float:
    """Lower the quiet rate, so that with incidents the mean stays what it is."""
    if world.variant != "incidents":
        return cell.base
    share = INCIDENT_MINUTES / (INCIDENT_MINUTES + DAY)
    return max((cell.base - share * INCIDENT_RATE) / (1 - share), cell.base / 10)


def _in_runs(rng: random.Random, mean: float, rate: float) -> Minute:
    """Draw runs of calls; each has a failure rate of its own."""
    if mean > MANY:
        return _in_many_runs(rng, mean, rate)
    calls = failures = 0
    weight = 1 / CORRELATION - 1
    for _ in range(poisson(rng, mean / RUN)):
        length = 1 + int(math.log(1 - rng.random()) / math.log(1 - 1 / RUN))
        own = rng.betavariate(rate * weight, (1 - rate) * weight)
        calls += length
        failures += binomial(rng, length, own)
    return calls, failures


def _in_many_runs(rng: random.Random, mean: float, rate: float) -> Minute:
    calls = poisson(rng, mean)
    due = calls * rate
    if not due:
        return calls, 0
    spread = CORRELATION * (2 * RUN - 2) * (1 - rate) / due
    return calls, min(calls, poisson(rng, due * rng.gammavariate(1 / spread, spread)))


def poisson(rng: random.Random, mean: float) -> int:
    """Draw a count; beyond fifty the bell curve is near enough."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def binomial(rng: random.Random, calls: int, rate: float) -> int:
    """Draw how many of some calls fail, by the gaps between those that do."""
    if rate > 0.5:
        return calls - binomial(rng, calls, 1 - rate)
    if calls * rate > 50:
        spread = math.sqrt(calls * rate * (1 - rate))
        return min(calls, max(0, round(rng.gauss(calls * rate, spread))))
    if rate < 1e-9:
        return 0
    failures, place, log = 0, 0, math.log1p(-rate)
    while True:
        place += int(math.log(1 - rng.random()) / log) + 1
        if place > calls:
            return failures
        failures += 1
