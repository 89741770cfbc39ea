"""Does the loop make things better, in numbers that carry their window and their n."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, F, Min, Q
from django.db.models.functions import TruncWeek
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from benchmarks.statistics import wilson
from delivery.models import Delivery
from delivery.models import Outcome as Ending
from generations.forms import DECIDED
from generations.reporting import figures as improving
from generations.reporting.kinds import Kind
from proposals.models import Proposal, Review, Status
from proposals.revising import asked
from selfimprove.console.rates import TargetRate, rates
from telemetry import charts

WINDOWS = (1, 7, 30, 90)
DEFAULT = 30
FEWEST = 3  # below it a median says nothing
WEEKS = 8


@dataclass(frozen=True)
class Tile:
    """Show one number with its n, its window and the way to its rows."""

    label: str
    number: str
    beside: str = ""
    note: str = ""
    interval: str = ""
    url: str = ""

    @property
    def is_words(self) -> bool:
        """Tell whether there is too little for a number."""
        return not self.number[:1].isdigit()


@dataclass(frozen=True)
class Figures:
    """Hold the dashboard."""

    days: int
    windows: tuple[int, ...]
    tiles: list[Tile]
    rates: list[TargetRate]
    weekly: SafeString
    weeks: list[tuple[str, int]]
    rate_columns: tuple[str, ...] = ("From (UTC)", "Calls", "Failures", "Rate")
    week_columns: tuple[str, ...] = ("Week of", "Proposals")


def gather(now: datetime, days: str) -> Figures:
    """Gather the dashboard for a window of so many days."""
    window = int(days) if days.isdigit() and int(days) in WINDOWS else DEFAULT
    since = now - timedelta(days=window)
    weeks = proposals_per_week(now)
    return Figures(
        days=window,
        windows=WINDOWS,
        tiles=[
            *_proposal_tiles(since, now, window),
            *_delivery_tiles(since, window),
            *_generation_tiles(now, window),
        ],
        rates=rates(since, now),
        weekly=charts.bars(
            weeks,
            title="Proposals per week",
            description=", ".join(f"{label}: {count}" for label, count in weeks),
        ),
        weeks=weeks,
    )


def proposals_per_week(now: datetime) -> list[tuple[str, int]]:
    """Count the proposals of the last weeks, empty weeks included."""
    monday = (now - timedelta(days=now.weekday())).date()
    starts = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    rows = Proposal.objects.filter(created_at__date__gte=starts[0])
    counted = rows.annotate(week=TruncWeek("created_at")).values_list("week")
    found = {
        week.date(): count for week, count in counted.annotate(n=Count("pk")).order_by("week")
    }
    return [(f"{start.day} {start:%b}", found.get(start, 0)) for start in starts]


def _proposal_tiles(since: datetime, now: datetime, days: int) -> list[Tile]:
    pending = asked.awaiting().aggregate(count=Count("pk"), oldest=Min("created_at"))
    oldest = pending["oldest"]
    reviews = Review.objects.filter(at__gte=since).aggregate(
        n=Count("pk"), approved=Count("pk", filter=Q(approved=True))
    )
    waits = Review.objects.filter(at__gte=since).annotate(wait=F("at") - F("proposal__created_at"))
    listing = _address("proposals:list")
    return [
        Tile(
            "Awaiting review",
            str(pending["count"]),
            note=f"the oldest for {worded(now - oldest)}" if oldest else "nothing waits",
            url=f"{listing}?status={Status.PENDING}" if listing else "",
        ),
        share("Approved", reviews["approved"], reviews["n"], "decisions", days, listing),
        middle("Time to review", waits.values_list("wait", flat=True), "decisions", days, listing),
    ]


def _delivery_tiles(since: datetime, days: int) -> list[Tile]:
    ended = Q(ended_at__gte=since)
    deployed = Q(deployed_at__gte=since)
    found = Delivery.objects.aggregate(
        ended=Count("pk", filter=ended),
        succeeded=Count("pk", filter=ended & Q(outcome=Ending.SUCCEEDED)),
        deployed=Count("pk", filter=deployed),
        reverted=Count("pk", filter=deployed & Q(reverted_at__isnull=False)),
    )
    fixed = Delivery.objects.filter(ended, outcome=Ending.SUCCEEDED).annotate(
        first_seen=Min("proposal__evidence__first_seen")
    )
    times = fixed.filter(first_seen__isnull=False).annotate(took=F("ended_at") - F("first_seen"))
    listing = _address("delivery:list")
    return [
        share(
            "Implemented", found["succeeded"], found["ended"], "deliveries ended", days, listing
        ),
        share("Taken back", found["reverted"], found["deployed"], "deployments", days, listing),
        middle("Time to fix", times.values_list("took", flat=True), "fixes", days, listing),
    ]


def _generation_tiles(now: datetime, days: int) -> list[Tile]:
    """Show what was accepted, code fixers and models apart, where there was any of it."""
    listing = _address("generations:list")
    return [
        share(
            f"Accepted of {group.kind.heading.lower()}",
            group.accepted.part,
            group.accepted.whole,
            "generations decided",
            days,
            f"{listing}?writer={group.kind}&outcome={DECIDED}&days={days}" if listing else "",
        )
        for group in improving.gather(now, days=days).groups
        if group.kind != Kind.SIMULATED
    ]


def share(label: str, part: int, whole: int, what: str, days: int, url: str) -> Tile:
    """Show x of n, with the range that n allows; without any, say so."""
    window = window_words(days)
    if not whole:
        return Tile(label, "Too little data", note=f"no {what}, {window}", url=url)
    low, high = wilson(part, whole)
    interval = f"95\u00a0%: between {low * 100:.0f} and {high * 100:.0f}\u00a0%"
    return Tile(label, str(part), f"of {whole}", f"{what}, {window}", interval, url)


def middle(label: str, spans: Iterable[timedelta], what: str, days: int, url: str) -> Tile:
    """Show the median of some durations; below three, say that it is too few."""
    found = [span.total_seconds() for span in spans]
    window = window_words(days)
    if len(found) < FEWEST:
        note = f"{what}: {len(found)}, {window}; a median needs {FEWEST}"
        return Tile(label, "Too little data", note=note, url=url)
    note = f"{len(found)} {what}, {window}"
    return Tile(label, worded(timedelta(seconds=median(found))), "median", note, url=url)


def window_words(days: int) -> str:
    """Word a window."""
    return "last 24 hours" if days == 1 else f"last {days} days"


def worded(span: timedelta) -> str:
    """Word a duration with one unit that fits."""
    seconds = max(0.0, span.total_seconds())
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{math.floor(seconds / size)} {unit}"
    return f"{seconds:.0f} s"


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
