"""Which generations does a target have after three weeks, and what became of each?"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from audit.events import Event
from generations.models import Generation, Outcome, PhaseRun, Reason, Result
from generations.running.recording import entry
from proposals.models import Engine, Status
from targets.models import Target
from tests.factories import make_proposal
from tests.generations.rows import (
    ACCEPTED,
    FAILED,
    NOTHING,
    OPEN,
    Told,
    asked,
    better,
    by_model,
    make_generation,
    proposed,
    unmeasured,
    worse,
)


def of_imports(told: Told) -> Told:
    """Let it be about imports."""
    words = "14 imports that nothing uses"
    return replace(told, focus="lint:F401", words=words, title=f"Take out {words[3:]}")


GATES = of_imports(
    Told(
        kind=Reason.GATES,
        reason="tests: 1 test that passed fails now: tests.test_limits.Limits.test_longest",
        until="safety",
    )
)
WORSE = Told(
    kind=Reason.WORSE,
    reason="test_pass_rate got worse: 1 for the worse; what passed must pass on.",
    focus="types:gateway/limits.py",
    words="6 errors of types in gateway/limits.py",
    title="Say the types of the gateway's limits",
)
UNREVIEWED = Told(
    kind=Reason.REVIEW,
    reason="The review gives 0.45; 0.60 is needed.",
    until="review",
    focus="idea:7",
    words="Let the planner ask the calendar once, not once for each day",
    title="Ask the calendar once for the whole week",
)
STOPPED = Told(Outcome.CANCELLED, Reason.STOPPED, "Called off by ada.", "measure")


@dataclass
class Weeks:
    """Hold a target, the present moment, and the newest generation whose work is in force."""

    target: Target
    now: datetime
    parent: Generation | None = field(default=None)

    def passed(self, days: float, told: Told, **columns: Any) -> Generation:
        """Let a generation have been there so many days ago."""
        at = self.now - timedelta(days=days)
        return make_generation(
            self.target, replace(told, at=at), **{"parent": self.parent, **columns}
        )

    def grown(self, days: float, status: str, told: Told, before: float) -> Generation:
        """Let a generation have been accepted, and its proposal have come to a status."""
        at = self.now - timedelta(days=days)
        change = make_proposal(self.target, status=status, engine=told.written_by, at=at)
        found: Generation = proposed(self.target, change, replace(told, at=at), parent=self.parent)
        better(found, (told.gain or 0) * 2, before=before)
        self.parent = found if status == Status.IMPLEMENTED else self.parent
        return found


def live_through(target: Target, now: datetime) -> Generation:
    """Let three weeks pass; return the generation that is at work now."""
    weeks = Weeks(target, now)
    _first_days(weeks)
    _last_days(weeks)
    at_work = replace(by_model(OPEN), seconds=40)
    return weeks.passed(
        42 / 86_400, at_work, activity="reviews the change",
        lease_until=now + timedelta(seconds=30), deadline_at=now + timedelta(hours=1),
    )  # fmt: skip


def _first_days(weeks: Weeks) -> None:
    worse(weeks.passed(20, WORSE))
    weeks.grown(18, Status.IMPLEMENTED, replace(ACCEPTED, gain=0.021), 0.78)
    for days in (16, 15.5, 15):
        weeks.passed(days, GATES)
    unreviewed = weeks.passed(14, by_model(UNREVIEWED))
    asked(unreviewed)
    asked(unreviewed, "build", cost=None)
    weeks.grown(12, Status.IMPLEMENTED, replace(ACCEPTED, gain=0.034, seconds=240), 0.82)
    weeks.grown(10, Status.REVERTED, of_imports(replace(ACCEPTED, gain=0.018)), 0.89)


def _last_days(weeks: Weeks) -> None:
    scripted = replace(by_model(ACCEPTED), written_by=Engine.SCRIPTED)
    asked(weeks.passed(9, scripted), simulated=True)
    weeks.passed(8, NOTHING)
    weeks.passed(7, FAILED)
    agents = weeks.grown(5, Status.PENDING, replace(by_model(ACCEPTED), gain=0.022), 0.89)
    unmeasured(agents)
    asked(agents)
    asked(agents, "build", cost=48_200_000)
    _told(agents)
    unfit = weeks.passed(3, by_model(WORSE))
    worse(unfit)
    asked(unfit)
    weeks.passed(1, STOPPED)


def _told(generation: Generation) -> None:
    """Let one attempt have met an error on the way, and write the entries."""
    first = generation.runs.get(phase="build")
    PhaseRun.objects.create(
        generation=generation, phase="build", attempt=2, result=Result.PASSED,
        message=first.message, output="builder: 1 edit, placed by its own words",
        started_at=first.started_at, ended_at=first.ended_at,
    )  # fmt: skip
    first.result, first.message = Result.ERRORED, "TemporaryError: no answer within 60 s"
    first.save()
    with transaction.atomic():
        entry(Event.GENERATION_STARTED, generation, at=generation.started_at)
        for run in generation.runs.order_by("started_at", "pk"):
            facts = {"phase": run.phase, "result": run.result, "attempt": run.attempt}
            at = run.ended_at or run.started_at
            entry(Event.GENERATION_PHASE_ENDED, generation, at=at, facts=facts)
        ended = {"outcome": generation.outcome, "proposal": str(generation.proposal_id)}
        entry(Event.GENERATION_ENDED, generation, at=generation.started_at, facts=ended)
