"""What descends from what on a target, how did its scores go, and what would be tried next?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q

from generations.models import Generation, Outcome
from generations.pages import pictures, reading, scores
from generations.pages.lineage import Born, lay_out
from generations.pages.pictures import Node
from generations.reporting.figures import points
from proposals.models import Status
from targets.models import Target

MOST = 60  # generations in one picture
MOST_FOCUSES = 50
CHOICES = 200  # generations to compare with
LONGEST = 9  # digits of a number
SIGNS = (
    ("force", "accepted and in force"),
    ("accepted", "accepted"),
    ("reverted", "taken back"),
    ("rejected", "rejected"),
    ("failed", "failed or timed out"),
    ("other", "nothing to do, or called off"),
    ("open", "under way"),
)
STATES = {
    Outcome.ACCEPTED: "accepted",
    Outcome.REJECTED: "rejected",
    Outcome.FAILED: "failed",
    Outcome.TIMED_OUT: "failed",
}
AFTERWARDS = {
    Status.IMPLEMENTED: ("force", "in force"),
    Status.REVERTED: ("reverted", "taken back"),
    Status.REJECTED: ("accepted", "turned down"),
    Status.PENDING: ("accepted", "awaits review"),
}


@dataclass(frozen=True)
class Tried:
    """Count what was tried about one thing."""

    focus: str
    words: str
    attempts: int
    accepted: int
    rejected: int
    last_at: datetime
    is_left_alone: bool

    @property
    def divisor(self) -> int:
        """Return what its worth is divided by when the next generation chooses."""
        return 1 + self.attempts - self.accepted


@dataclass(frozen=True)
class Family:
    """Hold one picture of descent, the same as rows, and the key of the older ones."""

    picture: Any
    rows: Sequence[tuple[Generation, Node]]
    older: int | None
    newer: bool


def context(target: Target, asked: Any) -> dict[str, Any]:
    """Return what the archive of a target shows."""
    before = asked.get("before", "")
    choices = Generation.objects.filter(target=target).exclude(outcome="")
    return {
        "nav": "generations",
        "target": target,
        "family": family(target, before),
        "signs": SIGNS,
        "charts": scores.charts(target),
        "columns": scores.COLUMNS,
        "focuses": focuses(target),
        "limit": settings.SELFIMPROVE.generations.rejections,
        "choices": choices.values_list("number", "outcome")[:CHOICES],
    }


def family(target: Target, before: str = "") -> Family:
    """Draw the newest generations, or those before a number, with what they descend from."""
    joined = ("target", "parent__target", "proposal")
    found = Generation.objects.filter(target=target).select_related(*joined)
    found = found.defer(
        *("diff", "review", "parent__diff", "parent__review", "parent__plan"),
        *("proposal__document", "proposal__diff"),
    )
    paged = before.isascii() and before.isdecimal() and len(before) <= LONGEST
    if paged:
        found = found.filter(number__lt=int(before))
    shown = list(found.order_by("-number")[: MOST + 1])
    older = shown[MOST - 1].number if len(shown) > MOST else None
    rows = [(one, node(one)) for one in shown[:MOST]]
    born = [Born(one.number, one.parent.number if one.parent else None) for one, _ in rows]
    bottom = "Earlier generations" if older else "The branch as it was"
    picture = pictures.descent(
        lay_out(born),
        {told.number: told for _, told in rows},
        bottom,
        f"Lines of descent of {target.name}, the newest first",
    )
    return Family(picture if rows else "", rows, older, paged)


def node(generation: Generation) -> Node:
    """Say what the picture tells of a generation."""
    state, words = _standing(generation)
    return Node(
        generation.number,
        generation.get_absolute_url(),
        reading.title_of(generation),
        state,
        words,
        "" if generation.gain is None else points(generation.gain),
    )


def _standing(generation: Generation) -> tuple[str, str]:
    if generation.is_open:
        return "open", "under way"
    outcome = Outcome(generation.outcome)
    state, words = STATES.get(outcome, "other"), str(outcome.label).lower()
    if outcome == Outcome.ACCEPTED:
        if generation.proposal is None:
            return state, "accepted, dry run"
        status = Status(generation.proposal.status)
        state, after = AFTERWARDS.get(status, (state, str(status.label).lower()))
        words = f"accepted, {after}"
    return state, words


def focuses(target: Target) -> list[Tried]:
    """Count what was tried by what it was about, the latest first; what is left alone is said."""
    limit = settings.SELFIMPROVE.generations.rejections
    rows = Generation.objects.filter(target=target).exclude(focus="").exclude(outcome="")
    counted = (
        rows.order_by()
        .values("focus")
        .annotate(
            attempts=Count("pk"),
            accepted=Count("pk", filter=Q(outcome=Outcome.ACCEPTED)),
            rejected=Count("pk", filter=Q(outcome=Outcome.REJECTED)),
            last_at=Max("ended_at"),
            last=Max("pk"),
        )
    )
    found = list(counted.order_by("-last")[:MOST_FOCUSES])
    words = dict(
        Generation.objects.filter(pk__in=[row["last"] for row in found]).values_list(
            "focus", "focus_words"
        )
    )
    return [
        Tried(
            row["focus"],
            words[row["focus"]],
            row["attempts"],
            row["accepted"],
            row["rejected"],
            row["last_at"],
            row["rejected"] >= limit and not row["accepted"],
        )
        for row in found
    ]
