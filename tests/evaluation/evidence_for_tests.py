"""What does a test need to have failed, so that an evaluation has something to say?"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from evaluation.answers import Question
from evaluation.cases import Bar, Case, gather
from evaluation.rules.levers import Levers
from targets.models import Target
from targets.repository import Repository
from telemetry.models import Event, EventType, MinuteCount, Pattern, PatternAlias, Severity
from telemetry.rollups.rebuild import rebuild
from tests.factories import NOW, make_pattern, make_target
from validation import parameters

TOOLS = """\
tools:
  web_search:
    timeout_ms: 400
    retries: 0
    backoff_ms: 0
    max_calls_per_second: 10
  mailer:
    timeout_ms: 1500
    retries: 1
    backoff_ms: 100
"""
SCHEDULE = "tasks:\n  digest:\n    retries: 0\n    retry_delay_ms: 100\n"
FILES = {"config/tools.yaml": TOOLS, "config/schedule.yaml": SCHEDULE}


class Limits:
    """State the thresholds of a test."""

    minimum_occurrences = 3
    window_hours = 24
    backoff_hours = 24


def gateway(tmp_path: Path, files: Mapping[str, str] = FILES, slug: str = "gateway") -> Target:
    """Make a target whose settings the playbooks know."""
    return make_target(tmp_path, files=files, slug=slug)


def fail(
    target: Target,
    *,
    component: str = "web_search",
    code: str = "timeout",
    kind: str = EventType.TOOL_CALL,
    template: str = "it went wrong",
    sessions: Sequence[str] = ("s-1", "s-2", "s-3", "s-4"),
    agents: Sequence[str] = ("planner",),
    severity: str = Severity.MEDIUM,
    at: datetime = NOW,
    latency_ms: float | None = 402,
    said: str = "",
    frames: str = "",
) -> Pattern:
    """Make a pattern with one failure a minute before `at`, one per session named."""
    pattern = make_pattern(target, component=component, events=len(sessions), at=at)
    fingerprint = PatternAlias.objects.get(pattern=pattern).fingerprint
    Pattern.objects.filter(pk=pattern.pk).update(
        event_type=kind, error_code=code, template=template, severity=severity, agents=list(agents)
    )
    for number, event in enumerate(Event.objects.filter(fingerprint=fingerprint)):
        event.event_type = kind
        event.session_id = sessions[number]
        event.agent = agents[number % len(agents)]
        event.error_code = code if kind == EventType.TOOL_CALL else ""
        event.error_category = code if kind == EventType.TASK_FAILURE else ""
        event.error_message = said or template
        event.frames = frames
        event.latency_ms = latency_ms
        event.save()
        count(target, component, event.timestamp, calls=1, failures=1)
    rebuild(target)
    pattern.refresh_from_db()
    return pattern


def count(target: Target, component: str, at: datetime, *, calls: int, failures: int) -> None:
    """Add calls to the counters of a minute, as storing their events does."""
    minute = at.replace(second=0, microsecond=0)
    row, _ = MinuteCount.objects.get_or_create(target=target, component=component, at=minute)
    row.calls += calls
    row.failures += failures
    row.save()


def succeed(
    target: Target, component: str, calls: int, *, at: datetime = NOW, latency_ms: float = 100
) -> None:
    """Make calls that went well, one a second before `at`."""
    Event.objects.bulk_create(
        Event(
            target=target,
            uid=f"ok-{component}-{at.timestamp():.0f}-{number}",
            event_type=EventType.TOOL_CALL,
            timestamp=at - timedelta(seconds=number + 1),
            session_id=f"ok-{number}",
            agent="planner",
            component=component,
            success=True,
            latency_ms=latency_ms,
        )
        for number in range(calls)
    )
    count(target, component, at - timedelta(minutes=1), calls=calls, failures=0)


def cases(target: Target, now: datetime = NOW) -> list[Case]:
    """Return what was counted of a target's patterns."""
    return gather(target, now, Limits())


def question(target: Target, *, taken: Mapping[str, Bar] | None = None) -> Question:
    """Ask about every case of a target, whether it qualifies or not."""
    return Question(
        target=target,
        commit=target.head_commit,
        cases=tuple(cases(target)),
        levers=Levers.of(Repository.of(target), target.head_commit, parameters.load()),
        taken=taken or {},
        now=NOW,
        nonce="abc",
    )
