"""Everything that happens by the clock, in one list."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from croniter import croniter
from django.conf import settings

CATCH_UP = timedelta(hours=12)  # a daily slot missed for longer waits for the next one


@dataclass(frozen=True)
class Tick:
    """Name a task and when it runs: every so many seconds, or by a cron line in UTC."""

    name: str
    task: str
    every: float = 0
    cron: str = ""
    longest: int = 0  # seconds until its worker is ended; else as every task's
    acts: bool = False  # changes a target or proposes to: stops while the loop is paused

    def slot(self, now: datetime) -> datetime:
        """Return the start of the schedule's current slot."""
        if self.cron:
            moment: datetime = croniter(self.cron, now + timedelta(seconds=1)).get_prev(datetime)
            return moment
        seconds = now.timestamp() // self.every * self.every
        return datetime.fromtimestamp(seconds, UTC)

    def is_due(self, now: datetime, last: datetime | None) -> bool:
        """Tell whether the current slot has not been asked for yet."""
        slot = self.slot(now)
        if self.cron and now - slot > CATCH_UP:
            return False
        return last is None or last < slot


_often = settings.SELFIMPROVE.ticks
# Many targets take their turns in one tick; the last of them has its whole question as well.
_asking = 3600 + settings.SELFIMPROVE.models.deadline_seconds

TICKS: tuple[Tick, ...] = (
    Tick("targets.refresh", "targets.tasks.refresh", every=30),
    Tick("telemetry.collect", "telemetry.tasks.collect", every=_often.collect_seconds),
    Tick("telemetry.mine", "telemetry.tasks.mine", every=_often.collect_seconds),
    Tick("telemetry.bring_in", "telemetry.tasks.bring_in", every=10, longest=6 * 3600),
    Tick("telemetry.prepare", "telemetry.tasks.prepare", every=3600),
    Tick("telemetry.extract", "telemetry.tasks.extract", cron="0 1 * * *"),
    Tick("telemetry.reflect", "telemetry.tasks.reflect", cron="20 1 * * *"),
    Tick("telemetry.expire", "telemetry.tasks.expire", cron="30 1 * * *"),
    Tick(
        "evaluation.evaluate",
        "evaluation.tasks.evaluate",
        cron="0 2 * * *",
        acts=True,
        longest=_asking,
    ),
    Tick(
        "evaluation.look",
        "evaluation.tasks.evaluate",
        every=_often.evaluate_seconds,
        acts=True,
        longest=_asking,
    ),
    Tick("evaluation.notice", "evaluation.tasks.notice", every=15, acts=True),
    Tick(
        "evaluation.maintain",
        "evaluation.tasks.maintain",
        every=_often.evaluate_seconds,
        acts=True,
    ),
    Tick(
        "evaluation.scan",
        "evaluation.tasks.scan",
        cron="0 6 * * 0",
        acts=True,
        longest=_asking,
    ),
    Tick("evaluation.take_up", "evaluation.tasks.take_up", every=30, acts=True),
    Tick("evaluation.learn", "evaluation.tasks.learn", every=60),
    Tick("personas.sweep", "personas.tasks.sweep", every=60),
    Tick("personas.expire", "personas.tasks.expire", cron="40 1 * * *"),
    Tick("proposals.check", "proposals.tasks.check", every=30, acts=True),
    Tick("changes.check", "selfimprove.api.tasks.check", every=10),
    Tick("proposals.supersede", "proposals.tasks.supersede", every=30),
    Tick("proposals.stand_down", "proposals.tasks.stand_down", every=30),
    Tick("proposals.age", "proposals.tasks.age", every=60),
    Tick("proposals.publish", "proposals.tasks.publish", every=30),
    Tick("delivery.deliver", "delivery.tasks.deliver", every=_often.deliver_seconds, acts=True),
    Tick("delivery.approve", "delivery.tasks.approve", every=10, acts=True),
    Tick("delivery.rehearse", "delivery.tasks.rehearse", every=30, acts=True),
    Tick("delivery.watch", "delivery.tasks.watch", every=_often.deliver_seconds),
    Tick("delivery.mirror", "delivery.tasks.mirror", every=_often.deliver_seconds),
    Tick("delivery.lapse", "delivery.tasks.lapse", every=60),
    Tick("delivery.reconcile", "delivery.tasks.reconcile", every=60),
    Tick("benchmarks.measure", "benchmarks.tasks.measure", every=30, longest=2 * 3600),
    Tick(
        "generations.generate",
        "generations.tasks.generate",
        every=5,
        # A phase may take what is left of its generation's time; the rest is for its end.
        longest=int(settings.SELFIMPROVE.generations.deadline_minutes * 60) + 300,
        acts=True,
    ),
    Tick("generations.sweep", "generations.tasks.sweep", every=30),
    Tick("benchmarks.prune", "benchmarks.tasks.prune", cron="45 3 * * *"),
    Tick("audit.seal", "audit.tasks.seal", every=30),
    Tick("audit.publish", "audit.tasks.publish", every=60, longest=3600),
    Tick("audit.heartbeat", "audit.tasks.heartbeat", every=3600),
    Tick("audit.verify", "audit.tasks.verify", every=30, longest=6 * 3600),
    Tick("notifications.tell", "notifications.tasks.tell", every=15),
    Tick("notifications.forget", "notifications.tasks.forget", cron="50 3 * * *"),
    Tick("runs.prune", "selfimprove.housekeeping.prune", cron="15 3 * * *"),
    Tick("runs.canary", "selfimprove.housekeeping.canary", every=10),
)
