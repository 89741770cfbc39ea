"""What was tried before on a target, what came of it, and what is not worth another try?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.conf import settings

from generations.choosing.focus import Focus
from generations.models import Generation, Outcome, Reason, Writer
from generations.options import Generations
from proposals.models import OPEN, Proposal, Status
from targets.models import Target

# The idea was no good; where a budget, a model or we ourselves stood in the way, it may be.
NOT_THE_IDEA = (
    *(Reason.BUDGET, Reason.MODEL, Reason.OURS, Reason.STOPPED),
    Reason.REVIEW_FULL,
)
TURNED_DOWN = (Status.REJECTED, Status.REVERTED, Status.FAILED)
LONGEST = 2000


@dataclass(frozen=True)
class Past:
    """Hold what became of one focus."""

    attempts: int = 0  # without success, since it last succeeded
    rejections: int = 0  # of these, the ones that speak against the idea
    is_open: bool = False  # a proposal that nobody has decided, or that is on its way, answers it


@dataclass(frozen=True)
class Idea:
    """Hold one idea that was turned down."""

    number: int  # of its generation
    focus: str
    title: str
    kind: str
    reason: str


def of(target: Target) -> Mapping[str, Past]:
    """Return what became of each focus that was ever worked on."""
    ended = Generation.objects.filter(target=target).exclude(focus="").exclude(outcome="")
    rows = ended.order_by("pk").values_list("focus", "outcome", "reason_kind", "proposal__status")
    found: dict[str, Past] = defaultdict(Past)
    for focus, outcome, kind, status in rows.iterator():
        found[focus] = _after(found[focus], outcome, kind, status)
    return dict(found)


def worth_trying(focuses: Iterable[Focus], generation: Generation) -> list[Focus]:
    """Leave out what is answered or was turned down too often; order the rest by its worth."""
    limits: Generations = settings.SELFIMPROVE.generations
    past, taken = of(generation.target), busy(generation.target)
    rehearsed = _rehearsed(generation)
    left = []
    for focus in focuses:
        known = past.get(focus.fingerprint, Past())
        free = tuple(path for path in focus.paths if path not in taken)
        if (
            known.is_open
            or known.rejections >= limits.rejections
            or bool(focus.paths) > bool(free)
        ):
            continue
        if focus.fingerprint not in rehearsed:
            left.append(replace(focus, attempts=known.attempts, paths=free))
    return sorted(left, key=lambda one: (-one.worth, one.fingerprint))


def busy(target: Target) -> frozenset[str]:
    """Return the files that open proposals of a target change: another would be in their way."""
    held = Proposal.objects.filter(target=target, status__in=OPEN)
    return frozenset(
        str(file["path"])
        for files in held.values_list("affected_files", flat=True)
        for file in files
    )


def settled(generation: Generation) -> frozenset[str]:
    """Return what the code fixers gave an answer to on this very commit: it would be the same."""
    asked = Generation.objects.filter(
        target=generation.target,
        base_commit=generation.base_commit,
        writer=Writer.EMBEDDED,
        outcome__in=[Outcome.ACCEPTED, Outcome.REJECTED],
    )
    held = asked.exclude(focus="").exclude(reason_kind__in=NOT_THE_IDEA)
    real = held.exclude(dry_run=True, outcome=Outcome.ACCEPTED)  # which nobody was asked about
    return frozenset(real.values_list("focus", flat=True))


def turned_down(target: Target, most: int = 5) -> list[Idea]:
    """Return the latest ideas that were rejected, the newest first."""
    rejected = Generation.objects.filter(target=target, outcome=Outcome.REJECTED)
    held = rejected.exclude(reason_kind__in=NOT_THE_IDEA).exclude(focus="").order_by("-pk")[:most]
    return [
        Idea(
            number=one.number,
            focus=one.focus,
            title=str((one.plan or {}).get("title", "")) or one.focus_words,
            kind=one.reason_kind,
            reason=one.reason,
        )
        for one in held
    ]


def last_failure(generation: Generation, focus: str) -> str:
    """Return why the latest attempt at a focus failed, with the end of what it said."""
    past = Generation.objects.filter(target=generation.target, focus=focus)
    last = past.exclude(pk=generation.pk).filter(outcome=Outcome.REJECTED).order_by("-pk").first()
    if last is None:
        return ""
    run = last.runs.last()
    room = LONGEST - len(last.reason) - 1
    said = run.output[-room:] if run and room > 0 else ""
    return f"{last.reason[:LONGEST]}\n{said}" if said else last.reason[:LONGEST]


def _after(past: Past, outcome: str, kind: str, status: str | None) -> Past:
    """Count one more generation that worked on it."""
    if outcome == Outcome.ACCEPTED:
        if status in TURNED_DOWN:
            return replace(past, attempts=past.attempts + 1, rejections=past.rejections + 1)
        if status == Status.IMPLEMENTED:
            return Past(is_open=past.is_open)
        return replace(past, is_open=past.is_open or status in OPEN)
    if outcome == Outcome.CANCELLED:
        return past
    against = outcome == Outcome.REJECTED and kind not in NOT_THE_IDEA
    return replace(past, attempts=past.attempts + 1, rejections=past.rejections + against)


def _rehearsed(generation: Generation) -> frozenset[str]:
    """Return what this loop accepted without proposing it: the next one looks further."""
    if generation.loop_id is None:
        return frozenset()
    held = Generation.objects.filter(
        loop_id=generation.loop_id, dry_run=True, outcome=Outcome.ACCEPTED
    )
    return frozenset(held.values_list("focus", flat=True))
