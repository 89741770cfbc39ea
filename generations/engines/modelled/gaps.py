"""What do the benchmarks miss, in groups, the heaviest first?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.measured import Found
from benchmarks.running.together import Scored
from personas.addressed import addressed
from personas.material import harmless, marked, size

MOST_CLUSTERS = 40
MOST_PLACES = 8
LARGEST_SHARE = 0.3  # of the room, for one cluster
LONGEST_NAME = 120


@dataclass(frozen=True)
class Cluster:
    """Hold the findings of one rule of one benchmark."""

    benchmark: str
    rule: str
    weight: float  # of the benchmark
    found: tuple[Found, ...]

    @property
    def heaviness(self) -> float:
        """Order clusters: how much it counts, times how often."""
        return self.weight * len(self.found)


def scores(scored: Sequence[Scored]) -> list[dict[str, Any]]:
    """Tell what each benchmark says; one without a score says why."""
    return [
        {
            "name": one.chosen.name,
            "question": one.chosen.benchmark.question,
            "score": one.measured.value,
            "unit": one.chosen.benchmark.unit,
            "better": str(one.chosen.benchmark.better),
            "weight": one.chosen.weight,
            "said": marked(one.measured.words),
            "findings": len(one.measured.findings),
        }
        for one in scored
    ]


def clusters(scored: Iterable[Scored]) -> list[Cluster]:
    """Group all findings by benchmark and rule, the heaviest group first."""
    grouped: dict[tuple[str, str, float], list[Found]] = {}
    for one in scored:
        for found in one.measured.findings:
            key = (one.chosen.name, found.fingerprint.rule, one.chosen.weight)
            grouped.setdefault(key, []).append(found)
    made = [Cluster(*key, tuple(sorted(found, key=_place))) for key, found in grouped.items()]
    return sorted(made, key=lambda one: (-one.heaviness, one.benchmark, one.rule))


def shown(found: Sequence[Cluster], room: int) -> tuple[list[dict[str, Any]], int]:
    """Write the heaviest clusters into the room; return how many findings are in none of them."""
    entries: list[dict[str, Any]] = []
    told = 0
    left = room
    for cluster in found[:MOST_CLUSTERS]:
        entry = _entry(cluster, int(room * LARGEST_SHARE))
        left -= size(entry)
        if left < 0:
            break
        entries.append(entry)
        told += len(cluster.found)
    return entries, sum(len(one.found) for one in found) - told


def _place(found: Found) -> tuple[str, int, str]:
    return found.fingerprint.path, found.line, found.fingerprint.symbol


def _entry(cluster: Cluster, room: int) -> dict[str, Any]:
    """Show a few places, spread over all of them, and count the others."""
    many = min(MOST_PLACES, len(cluster.found))
    while True:
        step = len(cluster.found) / max(1, many)
        places = [cluster.found[int(number * step)] for number in range(many)]
        entry = {
            "benchmark": cluster.benchmark,
            "rule": harmless(cluster.rule, LONGEST_NAME),
            "count": len(cluster.found),
            "files": len({one.fingerprint.path for one in cluster.found}),
            "places": [_shown(one) for one in places],
            "places_left_out": len(cluster.found) - many,
        }
        if size(entry) <= room or not many:
            return entry
        many -= 1


def _shown(found: Found) -> dict[str, Any]:
    named = found.fingerprint
    said = f"{named.symbol}\n{found.message}"
    return {
        "path": harmless(named.path),
        "line": found.line,
        "name": harmless(named.symbol, LONGEST_NAME),
        "said": marked(found.message),
        **({"speaks_to_a_model": True} if addressed(said) else {}),
    }
