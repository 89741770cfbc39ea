"""Which failures look alike, how bad is it, and since when?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from targets.models import Target
from telemetry.models import Event, Pattern, PatternAlias
from telemetry.patterns import joining, judging
from telemetry.patterns.counts import MOST_AGENTS
from telemetry.patterns.joining import Newcomer

BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Mined:
    """Count what one pass found."""

    new_patterns: int = 0
    updated: int = 0
    events: int = 0


@dataclass(slots=True)
class _Group:
    """Gather the new events of one fingerprint."""

    first: Event
    first_seen: datetime
    last_seen: datetime
    count: int = 0
    agents: set[str] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Count one event."""
        self.count += 1
        at = event.timestamp
        self.first_seen = min(self.first_seen, at)
        self.last_seen = max(self.last_seen, at)
        if event.agent:
            self.agents.add(event.agent)


def mine(target: Target, now: datetime) -> Mined:
    """Count failures that came since the last pass into their patterns, in one transaction."""
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=target.pk)
        joining.rehash(target)
        events = _uncounted(target)
        if not events:
            return Mined()
        groups = _grouped(events)
        known = set(_aliases(target, groups))
        strangers = [_newcomer(name, groups[name]) for name in groups if name not in known]
        new = {pattern.pk for pattern in joining.place(target, strangers, now)}
        touched = _count(target, groups, events[-1].pk)
        judging.judge(touched.values(), now)
        _record(target, [touched[pk] for pk in sorted(new)], now)
        return Mined(len(new), len(touched) - len(new), len(events))


def mine_all(target: Target, clock: Callable[[], datetime]) -> int:
    """Count failures into patterns until none is left over; return how many patterns are new."""
    found = 0
    while (mined := mine(target, clock())).new_patterns or mined.updated:
        found += mined.new_patterns
    return found


def _count(target: Target, groups: dict[str, _Group], counted_to: int) -> dict[int, Pattern]:
    """Add each group to its fingerprint and its pattern; return the patterns."""
    touched: dict[int, Pattern] = {}
    aliases = _aliases(target, groups)
    for name, alias in aliases.items():
        group = groups[name]
        pattern = touched.setdefault(alias.pattern_id, alias.pattern)
        _add(pattern, group)
        alias.count += group.count
        alias.first_seen = min(alias.first_seen or group.first_seen, group.first_seen)
        alias.last_seen = max(alias.last_seen or group.last_seen, group.last_seen)
        alias.counted_to = counted_to
    PatternAlias.objects.bulk_update(
        aliases.values(), ["count", "first_seen", "last_seen", "counted_to"], batch_size=100
    )
    Pattern.objects.bulk_update(
        touched.values(), ["count", "first_seen", "last_seen", "agents"], batch_size=100
    )
    return touched


def _uncounted(target: Target) -> Sequence[Event]:
    """Return failures behind the mark: everything up to it was counted in one go before."""
    aliases = PatternAlias.objects.filter(target=target)
    mark = aliases.aggregate(mark=Max("counted_to"))["mark"] or 0
    failures = Event.objects.filter(target=target, pk__gt=mark).exclude(fingerprint="")
    return list(failures.order_by("pk")[:BATCH])


def _aliases(target: Target, found: Iterable[str]) -> dict[str, PatternAlias]:
    names = sorted(found)
    aliases: dict[str, PatternAlias] = {}
    for start in range(0, len(names), 500):
        rows = PatternAlias.objects.filter(
            target=target, fingerprint__in=names[start : start + 500]
        ).select_related("pattern")
        aliases.update({alias.fingerprint: alias for alias in rows})
    return aliases


def _grouped(events: Iterable[Event]) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}
    for event in events:
        at = event.timestamp
        groups.setdefault(event.fingerprint, _Group(event, at, at)).add(event)
    return groups


def _newcomer(fingerprint: str, group: _Group) -> Newcomer:
    return Newcomer(fingerprint, group.first, group.first_seen, group.last_seen)


def _add(pattern: Pattern, group: _Group) -> None:
    pattern.count += group.count
    pattern.first_seen = min(pattern.first_seen, group.first_seen)
    pattern.last_seen = max(pattern.last_seen, group.last_seen)
    pattern.agents = sorted({*pattern.agents, *group.agents})[:MOST_AGENTS]


def _record(target: Target, patterns: Iterable[Pattern], now: datetime) -> None:
    for pattern in patterns:
        log.record(
            AuditEvent.PATTERN_FOUND,
            actor=Actor.system("telemetry"),
            subject=f"pattern:{pattern.pk}",
            at=now,
            target=target.slug,
            texts={"template": pattern.template[:500]},
            facts={
                "component": pattern.component,
                "error_code": pattern.error_code,
                "count": pattern.count,
                "severity": str(pattern.severity),
                "diagnosis": str(pattern.diagnosis),
            },
        )
