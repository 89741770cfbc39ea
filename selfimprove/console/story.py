"""How far has the loop come, what does it do now, and what does a newcomer do next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.urls import reverse

from delivery.models import Delivery
from delivery.models import Outcome as Ending
from proposals.models import Proposal, Status
from proposals.revising import asked
from proposals.waiting.showing import by_age
from selfimprove.console.clock import next_evaluation
from targets.models import Target
from telemetry.models import Pattern, Source
from telemetry.rollups import reading
from validation.models import Outcome as Checked

ENOUGH = 3  # deliveries seen to their end: by then nobody is new here


@dataclass(frozen=True)
class Chapter:
    """Count one step of the loop."""

    label: str
    count: int
    state: str


@dataclass(frozen=True)
class Counts:
    """Hold what the story is told from."""

    targets: int
    events: int
    patterns: int
    proposals: int
    decided: int
    ready: int  # await a decision, checks done
    unchecked: int
    delivered: int
    running: int
    measured: int


@dataclass(frozen=True)
class Story:
    """Say what happens now and what to do next."""

    headline: str
    now: str
    then: str
    chapters: list[Chapter]
    moving: bool
    newcomer: bool
    url: str = ""
    link: str = ""
    next_at: datetime | None = None


def tell(now: datetime) -> Story:
    """Tell the story from the state of the rooms."""
    counts = _count()
    headline, present, then, url, link = _present(counts)
    return Story(
        headline=headline,
        now=present,
        then=then,
        url=url,
        link=link,
        chapters=_chapters(counts),
        moving=bool(counts.running or counts.unchecked or not counts.proposals),
        newcomer=counts.measured < ENOUGH,
        next_at=next_evaluation(now),
    )


def _count() -> Counts:
    stored = Source.objects.aggregate(found=Sum("stored_count"))["found"]
    pending = Q(status=Status.PENDING)
    ready = pending & Q(report__outcome__in=_PASSABLE) & ~Q(asked.is_asked())
    proposals = Proposal.objects.aggregate(
        proposals=Count("pk"),
        decided=Count("pk", filter=~Q(reviewer="") & Q(passage=None)),
        unchecked=Count("pk", filter=pending & Q(report__isnull=True)),
        ready=Count("pk", filter=ready),
    )
    deliveries = Delivery.objects.aggregate(
        delivered=Count("pk", filter=Q(deployed_at__isnull=False)),
        running=Count("pk", filter=Q(outcome="")),
        measured=Count("pk", filter=Q(outcome__in=[Ending.SUCCEEDED, Ending.REVERTED])),
    )
    return Counts(
        targets=Target.objects.count(),
        events=stored or reading.total(),
        patterns=Pattern.objects.count(),
        **proposals,
        **deliveries,
    )


_PASSABLE = [Checked.PASSED, Checked.ACKNOWLEDGE]
Present = tuple[str, str, str, str, str]


def _present(counts: Counts) -> Present:
    """Choose the most useful thing to say; a person's turn comes before everything else."""
    waiting = asked.awaiting().filter(report__outcome__in=_PASSABLE)
    ready = by_age(waiting.defer("document", "diff")).prefetch_related(None).first()
    if ready:
        return _your_turn(ready, counts.ready)
    carried = Delivery.objects.filter(outcome="").select_related("proposal")
    running = carried.defer("proposal__document", "proposal__diff").order_by("started_at").first()
    return _on_its_way(running) if running else _looking(counts)


def _your_turn(first: Proposal, count: int) -> Present:
    many = "A proposal waits" if count <= 1 else f"{count} proposals wait"
    which = "it" if count <= 1 else "the oldest"
    return (
        "Your turn",
        f"{many} for a decision. Nothing changes in the target before it is approved.",
        f"Open {which}, read the problem, the evidence and the diff, then approve it or say"
        " why not.",
        first.get_absolute_url(),
        f"Review “{first.title}”",
    )


def _on_its_way(first: Delivery) -> Present:
    stage = first.stage.replace("_", " ")
    return (
        "A change is on its way",
        f"“{first.proposal.title}” is at the stage {stage}. Every stage is on the record.",
        "Follow it: once deployed its effect is measured, and what does not help is taken back.",
        first.get_absolute_url(),
        "Follow the delivery",
    )


def _looking(counts: Counts) -> Present:
    if not counts.targets:
        return (
            "Welcome",
            "There is no target yet: a repository and the logs of the agents that run from it.",
            "Add a target and a source of its logs; then this page tells what was found.",
            reverse("targets:list"),
            "Go to the targets",
        )
    if counts.unchecked:
        now = "A change was written; its paths, bounds, secrets and tests are being checked."
        return (
            "A proposal is nearly ready",
            now,
            "It appears here when its checks are done.",
            "",
            "",
        )
    if counts.patterns:
        now = "Failures that look alike were grouped; those that qualify become proposals."
        then = "Look at the patterns meanwhile: each has its samples, its counts and a chart."
        return "The loop is looking", now, then, reverse("telemetry:patterns"), "See the patterns"
    if counts.events:
        now = "Events come in. Nothing has failed often enough yet to be called a pattern."
        return (
            "The loop is reading",
            now,
            "Nothing to do: patterns appear here by themselves.",
            "",
            "",
        )
    now = "The collectors wait for the first lines in the targets' logs."
    return "The loop is waiting", now, "Let the agents work; what fails will be found.", "", ""


def _chapters(counts: Counts) -> list[Chapter]:
    return list(
        _marked(
            [
                ("Events read from logs", counts.events),
                ("Patterns of failure found", counts.patterns),
                ("Changes proposed", counts.proposals),
                ("Decided by a person", counts.decided),
                ("Merged and deployed", counts.delivered),
                ("Effect measured", counts.measured),
            ]
        )
    )


def _marked(counted: list[tuple[str, int]]) -> Iterator[Chapter]:
    """Mark the first step that nothing has reached yet as the present one."""
    reached = True
    for label, count in counted:
        if count:
            yield Chapter(label, count, "done")
        else:
            yield Chapter(label, count, "now" if reached else "todo")
            reached = False
