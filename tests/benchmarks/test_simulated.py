"""How often the rule errs on seeded traffic with a known truth."""

import random
from collections import Counter
from itertools import pairwise

import pytest

from benchmarks.statistics import Baseline, Minute, Verdict, baseline_of, decide, evidence_line

DEPLOYMENTS = 120


def binomial(rng: random.Random, calls: int, rate: float) -> int:
    return sum(rng.random() < rate for _ in range(calls))


def minutes(rng: random.Random, count: int, calls: int, rate: float) -> list[Minute]:
    return [(calls, binomial(rng, calls, rate)) for _ in range(count)]


def outcomes(effect: float, *, elapsed: int, seed: int) -> Counter[Verdict]:
    rng = random.Random(seed)  # noqa: S311
    found: Counter[Verdict] = Counter()
    for _ in range(DEPLOYMENTS):
        baseline = baseline_of(minutes(rng, 480, 17, 0.02))
        found[decide(baseline, minutes(rng, elapsed, 17, 0.02 * effect), elapsed).verdict] += 1
    return found


def test_an_unchanged_rate_is_falsely_reverted_in_at_most_two_of_a_hundred() -> None:
    assert outcomes(1, elapsed=180, seed=11)[Verdict.REVERT] <= 0.02 * DEPLOYMENTS


def test_five_times_the_failures_are_always_found_within_the_hour() -> None:
    assert outcomes(5, elapsed=60, seed=12)[Verdict.REVERT] == DEPLOYMENTS


def test_a_doubling_is_hardly_ever_taken_for_a_success() -> None:
    found = outcomes(2, elapsed=120, seed=13)
    assert found[Verdict.IMPLEMENTED] <= 0.05 * DEPLOYMENTS
    assert found[Verdict.REVERT] >= 0.6 * DEPLOYMENTS


def test_a_mended_target_is_found_mended() -> None:
    assert outcomes(0.2, elapsed=120, seed=14)[Verdict.IMPLEMENTED] >= 0.9 * DEPLOYMENTS


def clumped(rng: random.Random, count: int) -> list[Minute]:
    """Draw calls in runs: one in fifty runs fails as a whole."""
    drawn: list[Minute] = []
    for _ in range(count):
        runs = [rng.randint(4, 12) for _ in range(2)]
        drawn.append((sum(runs), sum(r for r in runs if rng.random() < 0.02)))
    return drawn


def test_clumped_failures_do_not_cause_false_reverts() -> None:
    rng = random.Random(15)  # noqa: S311
    reverted = 0
    for _ in range(80):
        baseline = baseline_of(clumped(rng, 1440))
        reverted += decide(baseline, clumped(rng, 120), 120).verdict is Verdict.REVERT
    assert reverted <= 2


@pytest.fixture
def baseline() -> Baseline:
    return baseline_of(minutes(random.Random(16), 1440, 17, 0.02))  # noqa: S311


def test_the_evidence_line_ends_where_the_decision_ends(baseline: Baseline) -> None:
    after = minutes(random.Random(17), 50, 17, 0.02)  # noqa: S311
    line = evidence_line(baseline, after, 50)
    decision = decide(baseline, after, 50)
    assert len(line) == 50
    assert line[-1] == (50, decision.calls, decision.failures, decision.evidence)


def test_no_slice_multiplies_the_evidence_by_more_than_five(baseline: Baseline) -> None:
    after = [(17, 0)] * 20 + [(17, 10)] * 5 + [(17, 0)] * 20
    closed = [point[3] for point in evidence_line(baseline, after, 45) if point[0] % 5 == 0]
    steps = [new / old for old, new in pairwise(closed)]
    assert max(steps) == pytest.approx(5)
