"""Which deliveries and generations are on their way, and at which step."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from delivery import plans
from delivery.models import Delivery, Plan, Watch
from generations.models import Generation
from generations.pages import reading, showing
from telemetry.axes import percent

MOST = 10


@dataclass(frozen=True)
class Step:
    """Show one stage in the stepper."""

    label: str
    state: str
    detail: str = ""


@dataclass(frozen=True)
class Progress:
    """Tell how far a watch has come, in its own minutes."""

    minute: int
    minutes: int
    words: str


@dataclass(frozen=True)
class Running:
    """Show one delivery with its steps and, while it is watched, its progress."""

    delivery: Delivery
    steps: list[Step]
    progress: Progress | None

    @property
    def badge(self) -> tuple[str, str]:
        """Return tone and words of what it does."""
        tone = "accent" if self.delivery.plan == Plan.FORWARD else "warn"
        return tone, self.delivery.get_plan_display()


@dataclass(frozen=True)
class Working:
    """Show one generation with its phases and what it does right now."""

    generation: Generation
    title: str
    steps: list[dict[str, str]]
    words: str


def working(now: datetime) -> list[Working]:
    """List the generations that have not ended, the oldest first."""
    found = Generation.objects.filter(outcome="").select_related("target").order_by("pk")
    found = found.defer("diff", "review").prefetch_related("runs")
    return [
        Working(
            row,
            reading.title_of(row),
            showing.steps(row, list(row.runs.all())),
            showing.standing(row, now),
        )
        for row in found[:MOST]
    ]


def running(now: datetime) -> list[Running]:
    """List the deliveries that have not ended, the oldest first."""
    found = Delivery.objects.filter(outcome="").select_related("proposal", "target", "watch")
    found = found.defer("proposal__document", "proposal__diff").order_by("started_at")
    return [Running(row, steps(row), progress(row, now)) for row in found[:MOST]]


def steps(delivery: Delivery) -> list[Step]:
    """List the stages of the delivery's plan: done, now, still to come."""
    walk = plans.names(delivery.plan)
    here = walk.index(delivery.stage) if delivery.stage in walk else 0
    return [Step(_words(name), _state(place, here, delivery)) for place, name in enumerate(walk)]


def progress(delivery: Delivery, now: datetime) -> Progress | None:
    """Say how long the watch has lasted and what it has seen."""
    watch: Watch | None = getattr(delivery, "watch", None)
    if watch is None or watch.ended_at:
        return None
    minutes = settings.SELFIMPROVE.watch.window_minutes
    minute = int((now - watch.started_at).total_seconds() / watch.minute_seconds)
    since = rate_words(watch.failures, watch.calls)
    before = rate_words(watch.baseline_failures, watch.baseline_calls)
    return Progress(
        min(minute, minutes), minutes, f"{since} since the deployment, {before} before"
    )


def rate_words(failures: int, calls: int) -> str:
    """Word a rate with its n; without calls, say so."""
    if not calls:
        return "no calls"
    return f"{percent(failures / calls)} of calls failed ({failures} of {calls})"


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _state(place: int, here: int, delivery: Delivery) -> str:
    if place != here:
        return "done" if place < here else "todo"
    return "failed" if delivery.errors_in_row else "now"
