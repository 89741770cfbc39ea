"""What does the schedule ask of telemetry?"""

from datetime import date, datetime, timedelta

from django.utils import timezone

from targets.models import Target
from telemetry import ingest, mining, reflections, turns
from telemetry.archive import export, retention
from telemetry.imports import carrying, uploads
from telemetry.models import Source
from telemetry.patterns import diagnosing, judging
from telemetry.rollups import rebuild
from telemetry.storing import days, keeping


def collect() -> str:
    """Read on in every source that is switched on."""
    done = ingest.Collected()
    sources = Source.objects.filter(enabled=True).order_by("last_read_at", "pk")
    for source_id in sources.values_list("pk", flat=True):
        done += ingest.collect(source_id, timezone.now())
    return f"{done.read} lines, {done.stored} events stored, {done.refused} refused"


def mine() -> str:
    """See who had to ask again, group new failures, and see what has changed by time alone."""
    found = updated = 0
    for target in Target.objects.all():
        turns.judge(target, timezone.now())
        mined = mining.mine(target, timezone.now())
        found, updated = found + mined.new_patterns, updated + mined.updated
        diagnosing.fill_in(target)
        judging.look_again(target, timezone.now())
    return f"{found} new patterns, {updated} updated"


def bring_in() -> str:
    """Carry out the imports that people asked for."""
    return f"{carrying.carry_on(timezone.now)} imports ended"


def extract() -> str:
    """Write the files of yesterday, and of the day before for events that came late."""
    now = timezone.now()
    events = 0
    for target in Target.objects.all():
        for ago in (2, 1):
            events += _extract(target, (now - timedelta(days=ago)).date(), now)
    return f"{events} events written"


def _extract(target: Target, day: date, now: datetime) -> int:
    """Write a day; one that is partly gone already, as with a short retention, is left out."""
    try:
        return export.extract(target, day, now).events
    except export.DayNotKept:
        return 0


def prepare() -> str:
    """Make the days that events may fall on soon, and count what was stored before counts were."""
    now = timezone.now()
    targets = list(Target.objects.all())
    made = 0
    if days.apart():
        oldest = min((keeping.cutoff(target, now) for target in targets), default=now)
        made = days.ensure_window(now, oldest)
    counted = sum(rebuild.catch_up(target) for target in targets)
    return f"{made} days made, {counted} targets counted"


def reflect() -> str:
    """Reflect on sessions that have ended."""
    now = timezone.now()
    made = sum(reflections.derive(target, now) for target in Target.objects.all())
    return f"{made} sessions reflected on"


def expire() -> str:
    """Delete what is older than is kept, and uploads that were left over."""
    uploads.tidy(timezone.now())
    gone = retention.expire_all(list(Target.objects.all()), timezone.now()).values()
    return f"{sum(g.rows for g in gone)} rows and {sum(g.files for g in gone)} files deleted"
