"""Which failures are shown to a model, with which of their words, and what is left out?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from evaluation.cases import Case
from evaluation.rules.remedies import percentile
from evaluation.telling import cited
from personas.addressed import addressed
from personas.material import harmless, marked, size
from telemetry import evidence
from telemetry.models import Severity

MOST_CLUSTERS = 40
MOST_PATTERNS = 40
LARGEST_SHARE = 0.3  # of the room, for one cluster
# Each severity outweighs three of the one below it: three is what a pattern needs to count.
WEIGHTS = {
    Severity.LOW: 1,
    Severity.MEDIUM: 3,
    Severity.HIGH: 9,
    Severity.CRITICAL: 27,
}
MOST_AGENTS = 10
LONGEST_NAME = 80


@dataclass(frozen=True)
class Cluster:
    """Hold the cases that say the same thing, the heaviest first."""

    cases: tuple[Case, ...]

    @property
    def weight(self) -> int:
        """Order clusters: how grave, times how often."""
        return sum(WEIGHTS[Severity(case.pattern.severity)] * case.count for case in self.cases)


@dataclass(frozen=True)
class Exemplar:
    """Hold what one failure of a cluster said, and which of them it was."""

    which: str
    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Hold one cluster as it is shown, and how much of it is not."""

    entry: dict[str, Any]
    patterns: tuple[dict[str, Any], ...]
    cases: tuple[Case, ...]
    exemplars: int
    exemplars_left_out: int


def clusters(cases: Iterable[Case]) -> list[Cluster]:
    """Group cases by source, error code and normalised message, the heaviest group first."""
    grouped: dict[tuple[str, str, str], list[Case]] = {}
    for case in cases:
        pattern = case.pattern
        said = " ".join(pattern.template.casefold().split())
        grouped.setdefault((pattern.event_type, pattern.error_code, said), []).append(case)
    found = [
        Cluster(tuple(sorted(group, key=lambda case: (-_weight(case), case.pattern.pk))))
        for group in grouped.values()
    ]
    return sorted(found, key=lambda one: (-one.weight, one.cases[0].pattern.pk))


def exemplars(case: Case) -> list[Exemplar]:
    """Return what the first, the median and the last failure said, where they differ."""
    end = case.last_seen + timedelta(microseconds=1)
    rows = evidence.occurrences(case.pattern, case.first_seen, end).exclude(error_message="")
    ordered = rows.order_by("timestamp", "uid").values_list("timestamp", "error_message")
    picked = {
        "first": ordered[:1],
        "median": ordered[case.count // 2 : case.count // 2 + 1],
        "last": ordered.reverse()[:1],
    }
    found: dict[str, Exemplar] = {}
    for which, row in picked.items():
        for at, text in row:
            found.setdefault(text, Exemplar(which, at, text))
    return list(found.values())


def shown(cluster: Cluster, number: int, room: int, most_patterns: int) -> Shown:
    """Write a cluster into its share of the room: what is dropped is counted, never cut short."""
    said = exemplars(cluster.cases[0])
    cases = list(cluster.cases[:most_patterns])
    kept = list(said)
    while True:
        entry = _entry(cluster, number, kept)
        patterns = tuple(_pattern(case, number) for case in cases)
        if size([entry, *patterns]) <= room * LARGEST_SHARE or not (kept or len(cases) > 1):
            break
        if len(cases) > 1:
            cases.pop()
        else:
            kept.pop(1 if len(kept) > 2 else -1)  # the median first: the ends say since when
    return Shown(
        entry=entry,
        patterns=patterns,
        cases=tuple(cases),
        exemplars=len(kept),
        exemplars_left_out=len(said) - len(kept),
    )


def texts_of(case: Case) -> Iterator[str]:
    """Give every text of a case that somebody outside may have written."""
    pattern = case.pattern
    yield from (pattern.template, pattern.component, pattern.error_code)
    yield from (*case.samples, *case.agents, *case.raised_in)


def _weight(case: Case) -> int:
    return WEIGHTS[Severity(case.pattern.severity)] * case.count


def _entry(cluster: Cluster, number: int, said: Sequence[Exemplar]) -> dict[str, Any]:
    lead = cluster.cases[0].pattern
    texts = [text for case in cluster.cases for text in texts_of(case)]
    texts += [one.text for one in said]
    return {
        "number": number,
        "source": lead.event_type,
        "error_code": harmless(lead.error_code, LONGEST_NAME),
        "message": marked(lead.template),
        "count": sum(case.count for case in cluster.cases),
        "patterns": len(cluster.cases),
        "speaks_to_a_model": any(
            addressed(text) for text in [*texts, *(one.text for one in said)]
        ),
        "exemplars": [
            {"which": one.which, "at": one.at.isoformat(), "said": marked(one.text)}
            for one in said
        ],
    }


def _pattern(case: Case, cluster: int) -> dict[str, Any]:
    latencies = case.latencies_ms
    return {
        "id": case.pattern.pk,
        "cluster": cluster,
        "component": harmless(case.pattern.component, LONGEST_NAME),
        "severity": case.pattern.severity,
        "count": case.count,
        "sessions": case.sessions,
        "agents": [harmless(agent, LONGEST_NAME) for agent in case.agents[:MOST_AGENTS]],
        "first_seen": case.first_seen.isoformat(),
        "last_seen": case.last_seen.isoformat(),
        "calls": case.calls,
        "failures": case.failures,
        "latency_p50_ms": round(percentile(latencies, 0.5)) if latencies else None,
        "latency_p95_ms": round(percentile(latencies, 0.95)) if latencies else None,
        "events": list(cited((case,))),
    }
