"""How bad is a pattern, and is today more than its own usual? Pure functions over counts.

The usual is a rate with its uncertainty: a gamma posterior over the days before, widened by how
much these days differ among themselves. Today is a burst when so many failures, or more, are
rarer than one day in a thousand under the negative binomial that this posterior predicts.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

MOST_DAYS = 7
FEWEST_DAYS = 2  # with less of a past there is no usual
RARE = 0.001
LEAST_IN_A_BURST = 3
TIMES_USUAL = 2.0
LOW, MEDIUM, HIGH, CRITICAL = "low", "medium", "high", "critical"
# What a chi-square of n-1 degrees exceeds four times in five: a careful divisor for the scatter
# of n days, so that seven even days do not pass for proof that days are even.
_CAREFUL = {2: 0.0642, 3: 0.4463, 4: 1.0052, 5: 1.6488, 6: 2.3425, 7: 3.0701}
_CALMEST = 0.25  # at most this fourfold doubt for the shortest past
_LARGE = 300.0


@dataclass(frozen=True, slots=True)
class Usual:
    """Hold a pattern's usual day with the bounds of a 95 % interval."""

    mean: float
    low: float
    high: float
    days: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """Hold a day's count against the usual."""

    count: int
    usual: Usual | None = None
    chance: float | None = None  # of so many or more on a usual day

    @property
    def burst(self) -> bool:
        """Tell whether the day stands out beyond chance, and by enough to matter."""
        if self.usual is None or self.chance is None or self.count < LEAST_IN_A_BURST:
            return False
        return self.chance < RARE and self.count >= TIMES_USUAL * self.usual.mean

    def __str__(self) -> str:
        """Say the count and the usual in words."""
        if self.usual is None:
            return f"{self.count} in 24 h, too new for a usual"
        usual = self.usual
        return (
            f"{self.count} in 24 h, usual {_short(usual.mean)}"
            f" ({_short(usual.low)}–{_short(usual.high)})"
        )


def weigh(count: int, before: Sequence[int]) -> Weighed:
    """Hold the last 24 hours against the whole days before them that the pattern has lived."""
    days = list(before)[-MOST_DAYS:]
    if len(days) < FEWEST_DAYS:
        return Weighed(count)
    scatter = dispersion(days)
    total = sum(days) + 0.5  # Jeffreys: nothing seen is not "never"
    mean = total / len(days)
    shape, rate = total / scatter, len(days) / scatter
    usual = Usual(
        mean, gamma_quantile(0.025, shape) / rate, gamma_quantile(0.975, shape) / rate, len(days)
    )
    spread = scatter * mean * (1 + 1 / len(days))
    return Weighed(count, usual, at_least(count, mean, spread))


def dispersion(days: Sequence[int]) -> float:
    """Estimate carefully how many times more than Poisson's the days scatter; at least once."""
    mean = sum(days) / len(days)
    if mean == 0:
        return 1.0
    chi_square = sum((day - mean) ** 2 for day in days) / mean
    return max(1.0, chi_square / max(_CAREFUL[len(days)], _CALMEST))


def at_least(count: int, mean: float, spread: float) -> float:
    """Return the chance of so many or more under a negative binomial of this mean and variance."""
    if count <= 0:
        return 1.0
    size = mean * mean / max(spread - mean, 1e-9)
    return beta_share(mean / (mean + size), count, size)


def grade(
    *, count: int, sessions: int, failing: float, burst: bool = False
) -> str:  # agents and novelty are told beside it: they say where to look, not how bad it is
    """Grade a day; critical is a component that mostly fails, for many; a burst is high."""
    if count >= 100 and sessions >= 20 and failing >= 0.9:
        return CRITICAL
    if count >= 50 or sessions >= 20 or (burst and count >= LEAST_IN_A_BURST):
        return HIGH
    return MEDIUM if count >= LEAST_IN_A_BURST else LOW


def systemic(*, count: int, sessions: int, agents: int, failing: float, burst: bool) -> str:
    """Say why a pattern is more than a mishap; empty when nothing says so."""
    if count < LEAST_IN_A_BURST:
        return ""
    reasons = []
    if agents > 1 and sessions >= LEAST_IN_A_BURST:
        reasons.append(f"{agents} agents in {sessions} sessions meet it")
    elif sessions >= LEAST_IN_A_BURST:
        reasons.append(f"{sessions} sessions meet it")
    if failing >= 0.5:
        reasons.append(f"{100 * failing:.0f} % of the calls fail")
    if burst:
        reasons.append("it is far above its usual")
    return " and ".join(reasons)


def rate_has_risen(after: int, after_days: float, before: int, before_days: float) -> bool:
    """Tell, 99 % sure, whether events come more often after than before: an exact binomial."""
    if not after:
        return False
    share = after_days / (after_days + before_days)
    return beta_share(share, after, before + 1) < 0.01


def gamma_quantile(share: float, shape: float) -> float:
    """Return below which value this share of a gamma of rate one lies."""
    if shape > _LARGE:  # Wilson and Hilferty: exact to four digits from here on
        z = NormalDist().inv_cdf(share)
        return float(shape * (1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3)
    high = shape + 10.0
    while gamma_share(shape, high) < share:
        high *= 2
    return _bisected(lambda x: gamma_share(shape, x), share, high)


def _bisected(rising: Callable[[float], float], wanted: float, high: float) -> float:
    low = 0.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return high


def gamma_share(shape: float, x: float) -> float:
    """Return the regularised lower incomplete gamma function, by its series."""
    if x <= 0:
        return 0.0
    if x > shape + 40 * math.sqrt(shape) + 700:
        return 1.0
    term = total = 1.0 / shape
    step = shape
    while term > total * 1e-13:
        step += 1
        term *= x / step
        total += term
    return min(1.0, total * math.exp(shape * math.log(x) - x - math.lgamma(shape)))


def beta_share(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = a * math.log(x) + b * math.log1p(-x)
    front += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    if x < (a + 1) / (a + b + 2):
        return math.exp(front) * _fraction(x, a, b) / a
    return 1 - math.exp(front) * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function (Lentz)."""
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    result = d
    for m in range(1, 20_000):
        for top in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + top * d or tiny)
            c = 1 + top / c or tiny
            result *= c * d
        if abs(c * d - 1) < 1e-13:
            break
    return result


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 10 else f"{number:.1f}"
