"""What happens next by itself, and when; how did each tick go last time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from croniter import croniter

from selfimprove.models import Run, RunState
from selfimprove.schedules import TICKS, Tick

WORDS = {
    "targets.refresh": "Look for new commits of the targets",
    "telemetry.collect": "Read new log lines",
    "telemetry.mine": "Group failures that look alike",
    "telemetry.bring_in": "Bring in files that people handed in",
    "telemetry.extract": "Write yesterday's events to a file",
    "telemetry.expire": "Delete events that are too old",
    "telemetry.prepare": "Make the days that events fall on, and their counts",
    "telemetry.reflect": "Reflect on sessions that ended",
    "evaluation.evaluate": "Evaluate every target",
    "evaluation.look": "Look for patterns that qualify for a proposal",
    "evaluation.notice": "Look for what should not wait for the next evaluation",
    "evaluation.maintain": "Make a maintenance pass where enough sessions have ended",
    "evaluation.scan": "Scan the week of every target",
    "evaluation.take_up": "Have changes written for ideas that were taken up",
    "evaluation.learn": "Learn from deliveries that ended",
    "personas.sweep": "Give up calls of models whose worker has ended",
    "personas.expire": "Remove old texts of exchanges with models",
    "benchmarks.measure": "Measure commits whose benchmarks were asked for",
    "generations.generate": "Carry generations one phase on",
    "generations.sweep": "End generations that overran, and write their reports",
    "benchmarks.prune": "Remove old measurements",
    "proposals.check": "Check new proposals",
    "changes.check": "Check changes that programs handed in",
    "proposals.supersede": "Close proposals that their target has left behind",
    "proposals.age": "Remind of what waits for people, and end what nobody decides",
    "proposals.publish": "Write proposals to git",
    "proposals.stand_down": "Suspend standing approvals of which something was taken back",
    "delivery.approve": "Announce and approve what standing approvals cover",
    "delivery.deliver": "Carry approved proposals one stage on",
    "delivery.rehearse": "Rehearse how proposals would be taken back",
    "delivery.watch": "Measure what was deployed",
    "delivery.mirror": "Keep conversations here and on the forge in step",
    "delivery.lapse": "End approvals that nobody used in time",
    "delivery.reconcile": "Look up what became of stages whose worker died",
    "audit.seal": "Seal new log entries",
    "audit.publish": "Publish the log outside",
    "audit.heartbeat": "Leave a sign of life on the log",
    "audit.verify": "Verify the log when somebody asked for it",
    "notifications.tell": "Send what people are to be told",
    "notifications.forget": "Remove what was told long ago",
    "runs.prune": "Tidy the queue",
    "runs.canary": "Show that the worker lives",
}


@dataclass(frozen=True)
class Due:
    """Join a tick of the schedule with its last run."""

    tick: Tick
    run: Run | None
    next_at: datetime

    @property
    def words(self) -> str:
        """Say what the tick does."""
        return WORDS.get(self.tick.name, self.tick.name)

    @property
    def rhythm(self) -> str:
        """Say how often it runs."""
        return f"cron {self.tick.cron} UTC" if self.tick.cron else every(self.tick.every)

    @property
    def failed(self) -> bool:
        """Tell whether the last run that ended had failed."""
        run = self.run
        return bool(run and run.failed_at and run.failed_at == run.ended_at)

    @property
    def state(self) -> tuple[str, str]:
        """Return tone and words for its badge."""
        if self.run is None or not (self.run.started_at or self.run.queued_at):
            return "quiet", "Has not run yet"
        if self.run.state == RunState.RUNNING:
            return "accent", "Running"
        if self.failed:
            return "bad", "Failed"
        return ("accent", "Queued") if self.run.state == RunState.QUEUED else ("good", "Done")


def every(seconds: float) -> str:
    """Word a rhythm."""
    if seconds < 60 or seconds % 60:
        return f"every {seconds:g} s"
    return "every minute" if seconds == 60 else f"every {seconds / 60:g} min"


def schedule(now: datetime) -> list[Due]:
    """List every tick with its last run and its next moment."""
    known = Run.objects.in_bulk()
    return [Due(tick, known.get(tick.name), next_moment(tick, now)) for tick in TICKS]


def next_moment(tick: Tick, now: datetime) -> datetime:
    """Return when a tick is due again."""
    if tick.cron:
        moment: datetime = croniter(tick.cron, now).get_next(datetime)
        return moment
    return tick.slot(now) + timedelta(seconds=tick.every)


def next_evaluation(now: datetime) -> datetime:
    """Return when the loop next asks what should change."""
    ticks = [tick for tick in TICKS if tick.name.startswith("evaluation.") and tick.acts]
    return min(next_moment(tick, now) for tick in ticks)
