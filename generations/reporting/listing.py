"""Which generations were there, and what came of each, in one line?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from generations.models import Generation, Outcome, Reason, Writer
from generations.reporting.document import finite
from targets.models import Target

AT_ONCE = 50
MOST = 1000


class BadFilter(ValueError):
    """A filter names what there is not; the words say what can be named."""


@dataclass(frozen=True)
class Wanted:
    """Say which generations are looked for; what is empty chooses nothing."""

    target: Target | None = None
    outcome: str = ""  # of Outcome, or `open`
    reason: str = ""
    writer: str = ""
    subject: str = ""
    before: int = 0  # only those with a smaller id: the next page
    most: int = AT_ONCE

    def check(self) -> None:
        """Raise BadFilter where a filter cannot be meant."""
        _known("outcome", self.outcome, ["open", *(one.lower() for one in Outcome.values)])
        _known("reason", self.reason, Reason.values)
        _known("writer", self.writer, Writer.values)
        if self.before < 0:
            raise BadFilter(f"before: {self.before} is no id of a generation")
        if not 1 <= self.most <= MOST:
            raise BadFilter(f"limit: between 1 and {MOST}, not {self.most}")


def found(wanted: Wanted) -> list[Generation]:
    """Return the generations that are looked for, the newest first; raise BadFilter."""
    wanted.check()
    rows = _filtered(wanted).select_related("target").defer("diff", "plan", "review", "brief")
    return list(rows.order_by("-pk")[: wanted.most])


def plain(generation: Generation) -> dict[str, Any]:
    """Return one of them for a program."""
    ended = generation.ended_at
    return {
        "id": generation.pk,
        "target": generation.target.slug,
        "number": generation.number,
        "phase": generation.phase,
        "outcome": generation.outcome or None,
        "reason_kind": generation.reason_kind or None,
        "reason": generation.reason or None,
        "writer": generation.writer,
        "written_by": generation.written_by or None,
        "dry_run": generation.dry_run,
        "asked_by": generation.asked_by,
        "subject": generation.subject or None,
        "focus": generation.focus or None,
        "gain": finite(generation.gain),
        "review_score": finite(generation.review_score),
        "proposal": str(generation.proposal_id) if generation.proposal_id else None,
        "started_at": generation.started_at.isoformat(),
        "ended_at": ended.isoformat() if ended else None,
    }


def lines(rows: list[Generation]) -> Iterator[str]:
    """Write a list for a terminal."""
    for row in rows:
        said = row.get_outcome_display() if row.outcome else f"At work: {row.phase}"
        dry = ", dry run" if row.dry_run else ""
        gain = f" {row.gain:+.4f}" if row.gain is not None else ""
        yield f"{row.started_at:%Y-%m-%d %H:%M}  {row!s:<24} {said}{dry}{gain}"
        if words := row.reason or row.focus_words or row.activity:
            yield f"{'':<18}{words}"


def _filtered(wanted: Wanted) -> QuerySet[Generation]:
    rows = Generation.objects.all()
    if wanted.target is not None:
        rows = rows.filter(target=wanted.target)
    if wanted.outcome:
        outcome = "" if wanted.outcome.lower() == "open" else wanted.outcome.upper()
        rows = rows.filter(outcome=outcome)
    if wanted.before:
        rows = rows.filter(pk__lt=wanted.before)
    given = {"reason_kind": wanted.reason, "writer": wanted.writer, "subject": wanted.subject}
    return rows.filter(**{name: value for name, value in given.items() if value})


def _known(name: str, value: str, known: list[str]) -> None:
    if value and value.lower() not in known:
        raise BadFilter(f"{name}: there is no {value!r}; there are {', '.join(known)}")
