"""What the demo tells: a failure found, fixed and measured, and a harmful change taken back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import close_old_connections
from django.db.models import Max
from django.utils import timezone

from audit import verify
from audit.events import Event as AuditEvent
from audit.log import Actor
from audit.models import Entry
from delivery.models import Delivery, Outcome, StageRun
from proposals import intake
from proposals.models import Engine, Proposal, Status, Transition
from selfimprove.demo import example
from selfimprove.demo.visitor import Visitor
from targets.models import Target
from targets.repository import DiffDoesNotApply, Repository
from validation.gates import witness
from validation.models import GateResult
from validation.models import Outcome as Checked

PATIENCE_SECONDS = 220
PAUSE_SECONDS = 0.5
Found = TypeVar("Found")


class StoryBroken(RuntimeError):
    """A step of the story did not happen; the message says which."""


@dataclass(frozen=True)
class Step:
    """Say what happened when."""

    what: str
    at: datetime


def propose_harmful(now: datetime) -> Proposal:
    """Submit the person's proposal that the example ships, once."""
    target = Target.objects.get(slug=example.SLUG)
    text = example.HARMFUL.read_text(encoding="utf-8")
    found = target.proposals.filter(engine=Engine.PERSON).first()
    return found or intake.submit(
        target=target,
        text=text,
        engine=Engine.PERSON,
        author="dana",
        actor=Actor("person", "dana"),
        at=now,
    )


def accompany(say: Callable[[str], object]) -> None:
    """Wait beside a person: once the first fix has worked, the second proposal arrives."""
    while not Proposal.objects.filter(status=Status.IMPLEMENTED).exists():
        close_old_connections()
        time.sleep(PAUSE_SECONDS)
    try:
        propose_harmful(timezone.now())
    except (DiffDoesNotApply, intake.DuplicateProposal) as refusal:
        # The person has taken the story elsewhere: it goes on without our second proposal.
        say(f"the example's second proposal was not handed in: {refusal}")


def wait_for_pages(visitor: Visitor, *, patience_seconds: float = 30) -> None:
    """Wait until the pages are served; raise StoryBroken."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            visitor.read("/healthz")
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise StoryBroken(f"The pages were never served: {error}") from error
            time.sleep(PAUSE_SECONDS)


def tell(visitor: Visitor, say: Callable[[str], object]) -> list[Step]:
    """Walk the whole story through the pages; raise StoryBroken at the first step that fails."""
    deadline = time.monotonic() + PATIENCE_SECONDS

    def wait(what: str, look: Callable[[], Found | None]) -> Found:
        say(f"waiting until {what}")
        while (found := look()) is None:
            if time.monotonic() > deadline:
                raise StoryBroken(f"It never came to be that {what}.\n{_whereabouts()}")
            close_old_connections()
            time.sleep(PAUSE_SECONDS)
        return found

    first = wait("the rule engine's proposal is checked and rehearsed", _best_proposal)
    _demand_witness(first)
    visitor.approve(first.get_absolute_url())
    wait("the first change is implemented", lambda: _ended(first, Status.IMPLEMENTED))
    second = propose_harmful(timezone.now())
    wait("the second proposal is checked and rehearsed", lambda: _checked(second))
    visitor.approve(second.get_absolute_url())
    wait("the second change is reverted", lambda: _ended(second, Status.REVERTED))
    wait("it is deployed and the origin's git is as before", lambda: _reverted_in_git(second))
    steps = [*_beginning(), *_steps(first, "1"), *_steps(second, "2")]
    verdict = verify.verify()
    if not verdict.ok:
        raise StoryBroken(f"The log does not verify: {verdict.problems[0]}")
    return [*steps, Step(f"the log verifies: {verdict.size} entries", timezone.now())]


def _best_proposal() -> Proposal | None:
    found = Proposal.objects.filter(engine=Engine.EMBEDDED, rehearsal__isnull=False)
    return found.annotate(most=Max("evidence__count")).order_by("-most").first()


def _checked(proposal: Proposal) -> Proposal | None:
    return Proposal.objects.filter(pk=proposal.pk, rehearsal__isnull=False).first()


def _demand_witness(proposal: Proposal) -> None:
    """Raise StoryBroken unless the failing case was seen to fail and then to go well."""
    found = _witness(proposal)
    if found is None or found.outcome != Checked.PASSED:
        raise StoryBroken(f"Nothing witnesses “{proposal.title}”: {found and found.summary}")


def _witness(proposal: Proposal) -> GateResult | None:
    report = proposal.report
    return report.results.filter(gate=witness.NAME).first() if report else None


def _ended(proposal: Proposal, wanted: Status) -> Proposal | None:
    now = Proposal.objects.get(pk=proposal.pk)
    if now.status == wanted:
        return now
    if now.status in {Status.REJECTED, Status.FAILED, Status.IMPLEMENTED, Status.REVERTED}:
        raise StoryBroken(f"“{now.title}” ended {now.status}: {now.reason}\n{_whereabouts()}")
    return None


def _reverted_in_git(proposal: Proposal) -> Delivery | None:
    delivery = Delivery.objects.get(proposal=proposal)
    repository = Repository.of(delivery.target)
    repository.fetch()
    head = repository.head(delivery.target.branch)
    same = not repository.changed_paths(head, f"{delivery.merge_commit}^1")
    return delivery if delivery.outcome == Outcome.REVERTED and same else None


def _beginning() -> list[Step]:
    entries = Entry.objects.order_by("pk")
    return [
        Step("the target is added", entries.filter(event=AuditEvent.TARGET_ADDED)[0].at),
        Step("the first failure is found", entries.filter(event=AuditEvent.PATTERN_FOUND)[0].at),
    ]


def _steps(proposal: Proposal, number: str) -> list[Step]:
    """List what happened to a proposal, in the order of time."""
    moves = [
        Step(f"{number} {_told(move)}", move.at)
        for move in proposal.transitions.select_related("proposal")
    ]
    runs = [
        Step(f"{number}   {run.stage}: {run.result.lower()}", run.ended_at)
        for run in StageRun.objects.filter(delivery__proposal=proposal)
        if run.ended_at
    ]
    return sorted([*moves, *_shown(proposal, number), *runs], key=lambda step: step.at)


def _shown(proposal: Proposal, number: str) -> list[Step]:
    """List what was shown of a proposal before it was decided."""
    now = Proposal.objects.select_related("report", "rehearsal").get(pk=proposal.pk)
    steps = [Step(f"{number}   {now.rehearsal.words}", now.rehearsal.made_at)]
    if (found := _witness(now)) and now.report:
        steps.append(Step(f"{number}   witness: {found.summary}", now.report.made_at))
    return steps


def _told(move: Transition) -> str:
    if move.destination == Status.PENDING:
        return f"PROPOSED by {move.actor}: {move.proposal.title}"
    why = (
        move.reason
        or Delivery.objects.filter(proposal=move.proposal).values_list("detail", flat=True).first()
    )
    measured = move.destination in {Status.IMPLEMENTED, Status.REVERTED}
    return f"{move.destination} by {move.actor}{f': {why}' if measured else ''}"


def _whereabouts() -> str:
    lines = [f"proposal {p.status}: {p.title} {p.reason}" for p in Proposal.objects.all()]
    for run in StageRun.objects.order_by("-id")[:8]:
        lines.append(f"stage {run.stage} {run.result}: {run.message}")
    return "\n".join(lines)
