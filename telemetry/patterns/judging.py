"""How bad is a pattern now, where does it stand, and has something ended or come back?"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from targets.models import Target
from telemetry import series
from telemetry.models import Pattern, Severity
from telemetry.patterns import counts, exposures, states, weight
from telemetry.patterns.counts import DAY, Week
from telemetry.patterns.states import Standing
from telemetry.patterns.vocabulary import State

ACTOR = Actor.system("telemetry")
AT_ONCE = 200
FIELDS = ["severity", "state", "session_count", "recurred_at"]
NOTHING_DECIDED = {
    "decision": "",
    "note": "",
    "decided_by": "",
    "decided_at": None,
    "ends_at": None,
    "ends_at_count": None,
    "ends_on_burst": False,
}


def judge(patterns: Iterable[Pattern], now: datetime) -> None:
    """Bring severity, sessions and state up to date, in the caller's transaction."""
    found = list(patterns)
    for start in range(0, len(found), AT_ONCE):
        _judge(found[start : start + AT_ONCE], now)


def _judge(found: Sequence[Pattern], now: datetime) -> None:
    owners = counts.owners_of(found)
    weeks, kept = counts.weeks(found, now, owners), counts.sessions(found, owners)
    lately = counts.met(found, now - DAY, owners)
    shares: dict[tuple[int, str], float] = {}
    for pattern in found:
        week, key = weeks[pattern.pk], (pattern.target_id, pattern.component)
        if key not in shares:
            shares[key] = failing_share(pattern, now)
        pattern.session_count = kept[pattern.pk]
        pattern.severity = weight.grade(
            count=lately[pattern.pk].count,
            sessions=lately[pattern.pk].sessions,
            failing=shares[key],
            burst=week.weighed.burst,
        )
        _note_recurrence(pattern, now)
        _end_decision(pattern, week, now)
        pattern.state = state_of(pattern, week, now)
    Pattern.objects.bulk_update(found, FIELDS, batch_size=100)


def state_of(pattern: Pattern, week: Week, now: datetime) -> State:
    """Return where a pattern stands."""
    standing = Standing(
        decision=pattern.decision,
        first_seen=pattern.first_seen,
        last_seen=pattern.last_seen,
        remedied_at=pattern.remedied_at,
        recurred_at=pattern.recurred_at,
        burst=week.weighed.burst,
    )
    return states.state_of(standing, now)


def look_again(target: Target, now: datetime) -> int:
    """Judge again what may have changed by time alone."""
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=target.pk)
        due = list(_due(target, now)[:AT_ONCE])
        judge(due, now)
        for pattern in list(_unproven(target)[:AT_ONCE]):
            exposures.prove(pattern, now)
    return len(due)


def _unproven(target: Target) -> QuerySet[Pattern]:
    """Select what has a remedy that is not judged by its own pattern yet."""
    rows = Pattern.objects.filter(exposures.UNDECIDED, target=target, merged_into=None)
    return rows.select_related("target").order_by("remedied_from", "pk")


def _due(target: Target, now: datetime) -> QuerySet[Pattern]:
    aged = Q(state=State.NEW, first_seen__lte=now - states.NEW_FOR)
    gone_quiet = Q(decision="", last_seen__lt=now - states.QUIET_AFTER) & ~Q(state=State.QUIET)
    calmed = ~Q(severity=Severity.LOW) & Q(last_seen__lt=now - DAY)
    ended = ~Q(decision="") & Q(ends_at__lte=now)
    back = Q(remedied_at__isnull=False, recurred_at=None, last_seen__gt=F("remedied_at"))
    found = Pattern.objects.filter(target=target, merged_into=None).order_by("-last_seen", "pk")
    return found.filter(
        aged | gone_quiet | calmed | ended | back | Q(state=State.ESCALATING)
    ).select_related("target")


def failing_share(pattern: Pattern, now: datetime) -> float:
    """Return which share of the component's calls failed in the last 24 hours."""
    component = pattern.component or None
    calls, failures = series.totals(pattern.target, now - DAY, now, component=component)
    return failures / calls if calls else 0.0


def _note_recurrence(pattern: Pattern, now: datetime) -> None:
    """Reopen a pattern whose remedy had been declared effective and which happens again."""
    if pattern.remedied_at is None or pattern.recurred_at is not None:
        return
    after = counts.between(pattern, pattern.remedied_at, now)
    if not after or not _is_more(pattern, pattern.remedied_at, after, now):
        return
    pattern.recurred_at = now
    log.record(
        AuditEvent.PATTERN_RECURRED,
        actor=ACTOR,
        subject=f"pattern:{pattern.pk}",
        at=now,
        target=pattern.target.slug,
        reason=f"{after} failures since its remedy was declared effective",
        texts={"template": pattern.template[:500]},
        facts={
            "component": pattern.component,
            "remedy": pattern.remedy,
            "count": after,
        },
    )


def _is_more(pattern: Pattern, remedied_at: datetime, after: int, now: datetime) -> bool:
    """Tell a return from what was left: any failure after none, else surely more per day."""
    began = pattern.remedied_from or remedied_at
    left = counts.between(pattern, began, remedied_at)
    if not left:
        return True
    span, since = (remedied_at - began) / DAY, (now - remedied_at) / DAY
    return weight.rate_has_risen(after, max(since, 1e-6), left, max(span, 1e-6))


def _end_decision(pattern: Pattern, week: Week, now: datetime) -> None:
    """Let a muted or known pattern come back when its time has come, and say so."""
    if not pattern.decision:
        return
    why = states.has_ended(pattern.ends, count=pattern.count, burst=week.weighed.burst, now=now)
    if not why:
        return
    was = pattern.get_decision_display().lower()
    for name, value in NOTHING_DECIDED.items():
        setattr(pattern, name, value)
    pattern.returned_at, pattern.returned_why = now, f"no longer {was}: {why}"[:200]
    pattern.version += 1
    pattern.save(update_fields=[*NOTHING_DECIDED, "returned_at", "returned_why", "version"])
    log.record(
        AuditEvent.PATTERN_RETURNED,
        actor=ACTOR,
        subject=f"pattern:{pattern.pk}",
        at=now,
        target=pattern.target.slug,
        reason=pattern.returned_why,
        texts={"template": pattern.template[:500]},
        facts={"component": pattern.component},
    )


def set_aside(pattern: Pattern, now: datetime) -> str:
    """Say why a pattern leads to no proposal now; empty when it may."""
    if not pattern.decision or (pattern.ends_at is not None and now >= pattern.ends_at):
        return ""
    note = f": {pattern.note}" if pattern.note else ""
    return f"{pattern.get_decision_display().lower()} by {pattern.decided_by}{note}"
