"""What descends from what on a target, how did its scores go, and what would be tried next?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings

from generations.choosing import archive as choosing
from generations.choosing.archive import Past
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
COLUMNS = ("focus", "focus_words", "ended_at", "outcome")
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
    """Count what was tried about one thing, and what of it speaks against another try."""

    focus: str
    limit: int
    words: str = ""
    attempts: int = 0
    accepted: int = 0
    rejected: int = 0
    in_vain: int = 0  # since its last success: it is worth less by that
    against: int = 0  # of these, the ones that speak against the idea
    is_answered: bool = False  # by a proposal that nobody has decided, or that is on its way
    last_at: datetime | None = None

    @property
    def is_left_alone(self) -> bool:
        """Tell whether it was turned down too often to be tried again."""
        return self.against >= self.limit

    @property
    def divisor(self) -> int:
        """Return what its worth is divided by when the next generation chooses."""
        return 1 + self.in_vain

    def after(self, words: str, ended_at: datetime, outcome: str) -> "Tried":
        """Count one more generation that worked on it."""
        return replace(
            self,
            words=words or self.words,
            attempts=self.attempts + 1,
            accepted=self.accepted + (outcome == Outcome.ACCEPTED),
            rejected=self.rejected + (outcome == Outcome.REJECTED),
            last_at=ended_at,
        )

    def with_past(self, past: Past) -> "Tried":
        """Take what the choice of the next generation goes by."""
        return replace(
            self, in_vain=past.attempts, against=past.rejections, is_answered=past.is_open
        )


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
    ended = Generation.objects.filter(target=target).exclude(focus="").exclude(outcome="")
    found: dict[str, Tried] = {}
    for row in ended.order_by("pk").values_list(*COLUMNS).iterator():
        known = found.pop(row[0], Tried(row[0], limit=limit))  # the latest comes last
        found[row[0]] = known.after(*row[1:])
    past = choosing.of(target)
    latest = list(reversed(found.values()))[:MOST_FOCUSES]
    return [tried.with_past(past[tried.focus]) for tried in latest]
