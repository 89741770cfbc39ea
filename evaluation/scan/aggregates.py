"""What recurs over seven days, what fails now and then, what is stale, which prompts changed?

Counted by code from telemetry and git alone; what neither of them tells is said as such.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from evaluation import cases
from evaluation.cases import Bar, Case
from evaluation.lessons import Counted, compare
from evaluation.models import Lesson
from personas.material import plain, quoted
from ports.git import GitFailed
from targets.models import Target
from targets.repository import RefMissing, Repository
from telemetry import series
from telemetry.models import Event, EventType, Pattern
from telemetry.patterns import judging

WEEK = timedelta(days=7)
LEAST_DAYS = 2  # fewer are one bad day
MOST_ROWS = 40
MOST_COMMITS = 200
PROMPTS = re.compile(r"(?:^|/)(?:prompts?|instructions|personas)(?:/|[._-])|\.prompt(?:\.|$)|"
                     r"(?:^|/)(?:AGENTS|CLAUDE|SYSTEM)[A-Z_]*\.md$")  # fmt: skip
STALE = re.compile(r"\b(?:stale|outdated|out of date|too old|not (?:been )?refreshed)\b", re.I)
INDEX = re.compile(r"\bind(?:ex|ices|exes)\b|\bembeddings?\b|\bvectors?\b", re.I)


class OfAWeek:
    """State the thresholds of a scan: those of an evaluation, over seven days."""

    window_hours = 7 * 24

    def __init__(self, minimum_occurrences: int, backoff_hours: int) -> None:
        """Keep what the settings say."""
        self.minimum_occurrences = minimum_occurrences
        self.backoff_hours = backoff_hours


@dataclass(frozen=True)
class Recurring:
    """Hold a pattern that came on several days, and what answers it if something does."""

    case: Case
    days: int
    bar: Bar | None


@dataclass(frozen=True)
class Flaky:
    """Count a scheduled task that failed on some days and not on others."""

    task: str
    failures: int
    days: int
    retries: int
    statuses: tuple[str, ...]


@dataclass(frozen=True)
class Drift:
    """Hold a change of prompts with the failures before and after it."""

    commit: str
    at: datetime
    paths: tuple[str, ...]
    words: str
    worse: bool


@dataclass
class Week:
    """Hold everything that a scan looks at."""

    recurring: list[Recurring] = field(default_factory=list)
    flaky: list[Flaky] = field(default_factory=list)
    stale: list[Pattern] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    calls: int = 0
    failures: int = 0
    sessions: int = 0
    not_told: list[str] = field(default_factory=list)


def gather(target: Target, now: datetime, limits: OfAWeek) -> Week:
    """Count a target's last seven days."""
    week = Week()
    start = now - WEEK
    week.calls, week.failures = series.totals(target, start, now)
    events = Event.objects.filter(target=target, timestamp__gte=start, timestamp__lt=now)
    week.sessions = events.order_by().values("session_id").distinct().count()
    week.recurring = _recurring(target, now, limits)
    week.flaky = _flaky(target, start, now)
    week.stale = _stale(target, start)
    if not week.stale:
        week.not_told.append("Index ages: no telemetry of these seven days speaks of any.")
    try:
        week.drifts = _drifts(target, start, now, week)
    except (GitFailed, RefMissing) as error:  # what was counted stands without it
        words = quoted(str(error))
        week.not_told.append(f"Prompts: the repository could not be read: {words}")
    return week


def _recurring(target: Target, now: datetime, limits: OfAWeek) -> list[Recurring]:
    bars = cases.bars(target, now, limits)
    found = []
    for case in cases.gather(target, now, limits):
        if judging.set_aside(case.pattern, now) or not cases.qualifies(case, limits)[0]:
            continue
        days = _days(case.pattern, now)
        if days >= LEAST_DAYS:
            found.append(Recurring(case, days, bars.get(case.pattern.pk)))
    return found[:MOST_ROWS]


def _days(pattern: Pattern, now: datetime) -> int:
    prints = list(pattern.aliases.values_list("fingerprint", flat=True))
    events = Event.objects.filter(
        target=pattern.target_id,
        fingerprint__in=prints,
        timestamp__gte=now - WEEK,
        timestamp__lt=now,
    )
    return len({_day(at, now) for at in events.values_list("timestamp", flat=True)})


def _day(at: datetime, now: datetime) -> int:
    """Count days back from now: a week touches eight dates, and has seven days."""
    return min((now - at) // timedelta(days=1), WEEK.days - 1)


def _flaky(target: Target, start: datetime, now: datetime) -> list[Flaky]:
    """Find tasks that failed on several days; those that fail each day are broken instead."""
    rows = Event.objects.filter(
        target=target,
        event_type=EventType.TASK_FAILURE,
        timestamp__gte=start,
        timestamp__lt=now,
    ).values_list("component", "timestamp", "retry_count", "final_status")
    days: dict[str, set[int]] = defaultdict(set)
    counted: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for task, at, retries, status in rows.order_by("timestamp")[:50_000]:
        days[task].add(_day(at, now))
        counted[task].append((retries or 0, status))
    found = [
        Flaky(
            task=task,
            failures=len(rows),
            days=len(days[task]),
            retries=sum(retries for retries, _ in rows),
            statuses=tuple(sorted({status for _, status in rows if status}))[:5],
        )
        for task, rows in counted.items()
        if LEAST_DAYS <= len(days[task]) < WEEK.days
    ]
    return sorted(found, key=lambda one: (-one.failures, one.task))[:MOST_ROWS]


def _stale(target: Target, start: datetime) -> list[Pattern]:
    rows = Pattern.objects.filter(target=target, last_seen__gte=start, merged_into=None)
    words = ("ind", "embedding", "vector")
    near = Q(error_code__icontains="stale")
    for word in words:
        near |= Q(template__icontains=word)
    found = [one for one in rows.filter(near).order_by("-count", "pk")[:500] if _says_stale(one)]
    return found[:MOST_ROWS]


def _says_stale(pattern: Pattern) -> bool:
    text = f"{pattern.template} {pattern.error_code.replace('_', ' ')} {pattern.component}"
    return bool(STALE.search(text) and INDEX.search(text))


def _drifts(target: Target, start: datetime, now: datetime, week: Week) -> list[Drift]:
    """Put each change of prompts in the week beside the failures before and after it."""
    repository = Repository.of(target)
    commits = repository.log(target.branch, MOST_COMMITS)
    found = []
    for commit in commits:
        if not (commit.parents and start <= commit.at < now):
            continue
        changed = repository.changed_paths(commit.parents[0], commit.sha)
        if paths := [path for path in changed if PROMPTS.search(path)]:
            found.append(_drift(target, commit.sha, commit.at, paths, now))
    if len(commits) == MOST_COMMITS and commits[-1].at > start:
        week.not_told.append(f"Prompts: only the last {MOST_COMMITS} commits were looked at.")
    return found[:MOST_ROWS]


def _drift(target: Target, commit: str, at: datetime, paths: list[str], now: datetime) -> Drift:
    span = min(now - at, WEEK)
    called, failed = series.totals(target, at - span, at)
    calls, failures = series.totals(target, at, now)
    verdict, words = compare(Counted(failed, called), Counted(failures, calls))
    worse = verdict == Lesson.Verdict.INEFFECTIVE
    shown = tuple(plain(path, 120) for path in paths[:10])
    return Drift(commit, at, shown, words, worse)
