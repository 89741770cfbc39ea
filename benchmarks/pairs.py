"""Is the new better than the old where each run says something else? Pure: without Django.

Both are run again, in turn, on the same items, in batches of three; nothing is ever compared with
a score that was once recorded, since the best of many is too good to be true. After each batch it
is decided, or another batch is run. Related items (the cases of one file) count as one cluster.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.chances import beyond, tail
from benchmarks.verdicts import Difference, Verdict

REPEATS = 3  # of each, in a batch
BATCHES = 4
# What speaks against the new ends it; but where it may be worse, that is worth another batch.
HOPELESS = 0.1
# A look after each batch is a chance to be fooled. With these, an old that is compared with itself
# is taken for better in no more than 5 of 100 comparisons, and proven so in no more than 2.5.
KEPT, PROVEN = 0.014, 0.008

Items = Mapping[str, float]
Pair = tuple[Items, Items]  # of the old and of the new, one run each


@dataclass(frozen=True)
class Estimate:
    """Hold the mean difference of all items, as far as it is known."""

    mean: float
    error: float
    freedom: float
    items: int
    repeats: int

    @property
    def chance(self) -> float:
        """Return how often chance alone would bring about as much."""
        if self.error > 0:
            return tail(self.mean / self.error, self.freedom)
        if self.mean == 0:
            return 0.5
        rare = 0.5**self.repeats  # every repeat says the same: no spread to go by
        return rare if self.mean > 0 else 1 - rare

    def interval(self) -> tuple[float, float]:
        """Bound the difference with 95 %, all looks together."""
        half = beyond(PROVEN, self.freedom) * self.error if self.freedom > 0 else 0.0
        return self.mean - half, self.mean + half


def estimate(
    pairs: Sequence[Pair], *, lower_is_better: bool, cluster: Callable[[str], str]
) -> Estimate:
    """Return the mean difference over items that both have, with its error by clusters."""
    names = set(pairs[0][0])
    for old, new in pairs:
        names &= set(old) & set(new)
    sign = -1.0 if lower_is_better else 1.0
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(pairs))
    for name in names:
        for number, (old, new) in enumerate(pairs):
            sums[cluster(name)][number] += sign * (new[name] - old[name])
    repeats, items = len(pairs), max(len(names), 1)
    mean = sum(sum(one) for one in sums.values()) / repeats / items
    parts = [_variance(one) / repeats for one in sums.values()]
    total = sum(parts)
    weight = sum(part * part for part in parts) / max(repeats - 1, 1)
    freedom = total * total / weight if weight > 0 else 0.0
    return Estimate(mean, total**0.5 / items, freedom, len(names), repeats)


def _variance(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def decide(
    batch: Callable[[], Sequence[Pair]],
    *,
    lower_is_better: bool = False,
    cluster: Callable[[str], str] = str,
    batches: int = BATCHES,
) -> Difference:
    """Ask for batches until it is decided, or for as many as may be; the old stays in doubt."""
    pairs: list[Pair] = []
    for number in range(1, batches + 1):
        pairs += batch()
        found = estimate(pairs, lower_is_better=lower_is_better, cluster=cluster)
        settled = _settled(found)
        if settled or number == batches:
            break
    return _told(found, settled or Verdict.INCONCLUSIVE)


def _settled(found: Estimate) -> Verdict | None:
    if not found.items:
        return Verdict.INCONCLUSIVE
    if found.chance < KEPT:
        return Verdict.BETTER
    if 1 - found.chance < KEPT:
        return Verdict.WORSE
    hopeless = found.mean < 0 and 1 - found.chance > HOPELESS
    return Verdict.INCONCLUSIVE if hopeless else None


def _told(found: Estimate, verdict: Verdict) -> Difference:
    low, high = found.interval()
    if found.repeats and found.mean == 0 and found.error == 0 and found.items:
        verdict = Verdict.NO_DIFFERENCE
    words = (
        f"{found.mean:+.4g} between {low:.4g} and {high:.4g} (95 %),"
        f" {found.items} items, {found.repeats} runs of each in turn"
    )
    if not found.items:
        words = "no item was measured in all runs of both"
    elif verdict == Verdict.INCONCLUSIVE:
        words = f"no difference is shown: {words}"
    return Difference(
        verdict=verdict,
        words=words,
        keep=verdict == Verdict.BETTER,
        proven=verdict == Verdict.BETTER and found.chance < PROVEN,
        difference=found.mean,
        low=low,
        high=high,
        items=found.items,
        repeats=found.repeats,
        is_noisy=True,
    )


def with_must_pass(decided: Difference, seen: Sequence[Pair]) -> Difference:
    """Refuse where an item passed in each run of the old and in none of the new."""
    names = sorted(set.intersection(*(set(old) for old, _ in seen)))
    fails = {n for n in names if all(not new.get(n, 0.0) for _, new in seen)}
    broken = tuple(n for n in names if n in fails and all(old[n] == 1.0 for old, _ in seen))
    if not broken:
        return decided
    words = f"{len(broken)} passed in each run before and in none now; {decided.words}"
    return replace(
        decided, verdict=Verdict.WORSE, words=words, keep=False, proven=False, losses=broken
    )
