"""What would other rules have said of the same minutes?"""

import math
from collections.abc import Iterator, Sequence

from benchmarks.statistics import DEFAULTS, Minute

HOUR, DAY = 60, 1440
ODDS = 20.0


def naive_once(before: Sequence[Minute], since: Sequence[Minute]) -> int | None:
    """Revert where the first hour's rate is more than 1.25 times the day's before."""
    return HOUR if _worse(before, since[:HOUR]) else None


def naive_live(before: Sequence[Minute], since: Sequence[Minute]) -> int | None:
    """Ask the same each minute of the first hour."""
    minutes = range(1, HOUR + 1)
    return next((m for m in minutes if _worse(before, since[:m])), None)


def _worse(before: Sequence[Minute], since: Sequence[Minute]) -> bool:
    calls, failures = _sum(since)
    return bool(calls) and failures / calls > DEFAULTS.effect * _rate(before)


def msprt(before: Sequence[Minute], since: Sequence[Minute]) -> int | None:
    """Revert at 20:1 of a mixture of rises over the old rate, taken as known."""
    rate = _rate(before)
    for minute, (calls, failures) in enumerate(_running(since[:HOUR]), start=1):
        logs = [_log(rate, min(r * rate, 0.95), calls, failures) for r in DEFAULTS.ratios]
        top = max(logs)
        mixture = top + math.log(sum(math.exp(v - top) for v in logs) / len(logs))
        if mixture >= math.log(ODDS):
            return minute
    return None


def _log(rate: float, raised: float, calls: int, failures: int) -> float:
    succeeded = calls - failures
    return failures * math.log(raised / rate) + succeeded * math.log((1 - raised) / (1 - rate))


def _running(minutes: Sequence[Minute]) -> Iterator[Minute]:
    calls = failures = 0
    for more, failed in minutes:
        calls, failures = calls + more, failures + failed
        yield calls, failures


def _rate(before: Sequence[Minute]) -> float:
    calls, failures = _sum(before[-DAY:])
    return min((failures + 0.5) / (calls + 1), 0.9)


def _sum(minutes: Sequence[Minute]) -> Minute:
    return sum(c for c, _ in minutes), sum(f for _, f in minutes)
