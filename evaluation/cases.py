"""Which patterns have failed enough to be answered, and which of them may be answered now?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Max

from evaluation.rules.remedies import Measured
from proposals.models import OPEN, Evidence, Proposal, Status
from targets.models import Target
from telemetry import evidence, series
from telemetry.models import Pattern, Severity
from telemetry.patterns import merging
from validation.verdicts import counted

MOST_CASES = 200


class Thresholds(Protocol):
    """Say from when on a pattern counts; the settings are one of these."""

    @property
    def minimum_occurrences(self) -> int: ...
    @property
    def window_hours(self) -> int: ...
    @property
    def backoff_hours(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Case:
    """Hold one pattern with what was counted of it in the window."""

    pattern: Pattern
    count: int
    sessions: int
    agents: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    event_uids: tuple[str, ...]
    samples: tuple[str, ...]
    latencies_ms: tuple[float, ...]
    calls: int
    failures: int
    raised_in: tuple[str, ...] = ()  # module:function, where the emitter tells
    answered_per_second: float | None = None  # by the component, in its busiest minute

    @property
    def measured(self) -> Measured:
        """Return what a remedy's rule may look at."""
        return Measured(
            calls=self.calls,
            failures=self.failures,
            latencies_ms=self.latencies_ms,
            answered_per_second=self.answered_per_second,
        )

    @property
    def weight(self) -> tuple[int, int, int]:
        """Order cases by severity, then by count; the oldest pattern first among equals."""
        return (-Severity.values.index(self.pattern.severity), -self.count, self.pattern.pk)


@dataclass(frozen=True)
class Bar:
    """Say why a pattern is not answered now, and which proposal stands in the way."""

    reason: str
    proposal: Proposal


def gather(target: Target, now: datetime, thresholds: Thresholds) -> list[Case]:
    """Count each recently seen pattern of a target in the window, the gravest first."""
    start = now - timedelta(hours=thresholds.window_hours)
    recent = Pattern.objects.filter(target=target, last_seen__gte=start, merged_into=None)
    deployed = _last_deployments(target)
    cases = (
        _case(pattern, max(start, deployed.get(pattern.pk, start)), now)
        for pattern in recent.order_by("-count")[:MOST_CASES]
    )
    return sorted((case for case in cases if case is not None), key=lambda case: case.weight)


def again(case: Case, now: datetime, thresholds: Thresholds) -> Case | None:
    """Count a case once more, from the events as they are kept now."""
    start = now - timedelta(hours=thresholds.window_hours)
    return _case(case.pattern, max(start, case.first_seen), now)


def qualifies(case: Case, thresholds: Thresholds) -> tuple[bool, str]:
    """Tell whether a pattern happened often, gravely or widely enough, and in which words.

    Repeats within one session are one clump: counted one by one, a single run that tries again
    three times would look like three failures.
    """
    least = thresholds.minimum_occurrences
    seen = f"{counted(case.count, 'occurrence')} in {counted(case.sessions, 'session')}"
    if case.pattern.severity == Severity.CRITICAL and case.count:
        return True, f"its severity is critical ({seen})"
    if case.sessions >= least:
        return True, seen
    if case.count >= least and len(case.agents) > 1:
        return True, f"systemic: {len(case.agents)} agents are affected ({seen})"
    if case.count >= least and 2 * case.failures >= case.calls > 0:
        return True, f"systemic: {case.failures} of {case.calls} calls failed ({seen})"
    return False, f"{seen} in {thresholds.window_hours} h; {least} sessions are needed"


def bars(target: Target, now: datetime, thresholds: Thresholds) -> dict[int, Bar]:
    """Say for each pattern that was answered before why it is not answered again now."""
    found: dict[int, Bar] = {}
    answered = Evidence.objects.filter(proposal__target=target).select_related("proposal")
    followed = merging.successors(answered.values_list("pattern_id", flat=True))
    for row in answered.order_by("-proposal__created_at"):
        reason = _reason_not_again(row.proposal, now, thresholds)
        pattern = followed[row.pattern_id]
        if reason and pattern not in found:
            found[pattern] = Bar(reason, row.proposal)
    return found


def taken_parameters(target: Target, now: datetime, thresholds: Thresholds) -> Mapping[str, Bar]:
    """Name the settings that another proposal moves, moved lately, or was refused to move."""
    moved = Proposal.objects.filter(target=target).exclude(parameter="").order_by("created_at")
    reasons = ((row, _reason_not_again(row, now, thresholds)) for row in moved)
    return {row.parameter: Bar(reason, row) for row, reason in reasons if reason}


def taken_changes(target: Target, now: datetime, thresholds: Thresholds) -> Mapping[str, Bar]:
    """Name the changes of code that another proposal makes, made lately, or was refused to make.

    Whoever moves a setting is known by that; all others by the digest of their diff.
    """
    made = Proposal.objects.filter(target=target, parameter="").order_by("created_at")
    reasons = ((row, _reason_not_again(row, now, thresholds)) for row in made)
    return {row.diff_digest: Bar(reason, row) for row, reason in reasons if reason}


def _reason_not_again(proposal: Proposal, now: datetime, thresholds: Thresholds) -> str:
    if proposal.status in OPEN:
        return f"the open proposal “{proposal.title}” answers it"
    if proposal.status == Status.REJECTED:
        return f"“{proposal.title}” was rejected: {proposal.reason}"
    if now < proposal.updated_at + timedelta(hours=thresholds.backoff_hours):
        word = proposal.get_status_display().lower()
        return f"“{proposal.title}” was {word} less than {thresholds.backoff_hours} h ago"
    return ""


def _last_deployments(target: Target) -> Mapping[int, datetime]:
    """Find since when each pattern's failures happen despite a delivered answer."""
    rows: Iterable[tuple[int, datetime]] = (
        Evidence.objects.filter(
            proposal__target=target, proposal__delivery__deployed_at__isnull=False
        )
        .values("pattern")
        .annotate(latest=Max("proposal__delivery__deployed_at"))
        .values_list("pattern", "latest")
    )
    followed = merging.successors(pattern for pattern, _ in rows)
    deployed: dict[int, datetime] = {}
    for pattern, at in rows:
        deployed[followed[pattern]] = max(at, deployed.get(followed[pattern], at))
    return deployed


def _case(pattern: Pattern, start: datetime, end: datetime) -> Case | None:
    """Count one pattern; one without any failure in the window is no case."""
    found = evidence.of(pattern, start, end)
    if not found.count or found.first_seen is None or found.last_seen is None:
        return None
    return Case(
        pattern=pattern,
        count=found.count,
        sessions=found.sessions,
        agents=tuple(found.agents),
        first_seen=found.first_seen,
        last_seen=found.last_seen,
        event_uids=tuple(found.event_uids),
        samples=tuple(found.samples),
        latencies_ms=tuple(found.latencies_ms),
        calls=found.total_calls,
        failures=found.failures,
        raised_in=found.raised_in,
        answered_per_second=_busiest_minute(pattern, start, end),
    )


def _busiest_minute(pattern: Pattern, start: datetime, end: datetime) -> float | None:
    points = series.failures(pattern.target, start, end, component=pattern.component)
    answered = max((point.calls - point.failures for point in points), default=0)
    return answered / 60 if answered else None
