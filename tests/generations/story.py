"""Which generations does a target have after three weeks: a line of descent, and what fell off it?"""

from dataclasses import replace
from datetime import datetime, timedelta

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

GATES = Told(
    kind=Reason.GATES,
    reason="tests: 1 test that passed fails now: tests.test_limits.Limits.test_longest",
    until="safety",
    focus="lint:F401",
    words="14 imports that nothing uses",
)
WORSE = Told(
    kind=Reason.WORSE,
    reason="test_pass_rate got worse: 1 for the worse; what passed must pass on.",
    focus="types:gateway/limits.py",
    words="6 errors of types in gateway/limits.py",
)
UNREVIEWED = Told(
    kind=Reason.REVIEW,
    reason="The review gives 0.45; 0.60 is needed.",
    until="review",
    focus="idea:7",
    words="Let the planner ask the calendar once, not once for each day",
)


def live_through(target: Target, now: datetime) -> Generation:
    """Let three weeks pass; return the generation that is at work now."""

    def at(days: float, told: Told = ACCEPTED) -> Told:
        return replace(told, at=now - timedelta(days=days))

    def line(days: float, status: str, gain: float, **more: object) -> Generation:
        made = at(days)
        change = make_proposal(target, status=status, at=made.at)
        told = replace(made, gain=gain, **more)  # type: ignore[arg-type]
        found: Generation = proposed(target, change, told, parent=newest[-1])
        better(found, gain * 2, before=0.78 + 0.04 * len(newest))
        return found

    newest: list[Generation | None] = [None]
    worse(make_generation(target, at(20, WORSE)))
    newest.append(line(18, Status.IMPLEMENTED, 0.021))
    for days in (16, 15.5, 15):
        make_generation(target, at(days, GATES), parent=newest[-1])
    asked_model = make_generation(target, at(14, by_model(UNREVIEWED)), parent=newest[-1])
    asked(asked_model)
    asked(asked_model, "build", cost=None)
    newest.append(line(12, Status.IMPLEMENTED, 0.034, seconds=240))
    line(10, Status.REVERTED, 0.018, focus="lint:F401", words="14 imports that nothing uses")
    scripted = by_model(at(9))
    simulated = make_generation(target, replace(scripted, written_by=Engine.SCRIPTED))
    asked(simulated, simulated=True)
    make_generation(target, at(8, NOTHING))
    make_generation(target, at(7, FAILED), parent=newest[-1])
    modelled = by_model(at(5))
    change = make_proposal(target, engine=Engine.ANTHROPIC, at=modelled.at)
    by_agents = proposed(target, change, replace(modelled, gain=0.052), parent=newest[-1])
    better(by_agents, 0.04, before=0.88)
    unmeasured(by_agents)
    asked(by_agents)
    asked(by_agents, "build", cost=48_200_000)
    _told(by_agents)
    unfit = make_generation(target, at(3, by_model(WORSE)), parent=newest[-1])
    worse(unfit)
    asked(unfit)
    stopped = Told(Outcome.CANCELLED, Reason.STOPPED, "Called off by ada.", "measure")
    make_generation(target, at(1, stopped), parent=newest[-1])
    now_at_work = replace(by_model(OPEN), at=now - timedelta(seconds=42), seconds=40)
    return make_generation(
        target, now_at_work, parent=newest[-1], activity="reviews the change",
        lease_until=now + timedelta(seconds=30), deadline_at=now + timedelta(hours=1),
    )  # fmt: skip


def _told(generation: Generation) -> None:
    """Write its entries, and one attempt that met an error on the way."""
    with transaction.atomic():
        entry(Event.GENERATION_STARTED, generation, at=generation.started_at)
        for run in generation.runs.all():
            facts = {"phase": run.phase, "result": run.result, "attempt": run.attempt}
            at = run.ended_at or run.started_at
            entry(Event.GENERATION_PHASE_ENDED, generation, at=at, facts=facts)
        ended = {"outcome": generation.outcome, "proposal": str(generation.proposal_id)}
        entry(Event.GENERATION_ENDED, generation, at=generation.started_at, facts=ended)
    PhaseRun.objects.filter(generation=generation, phase="build").update(
        attempt=2, output="builder: 1 edit, placed by its own words"
    )
    PhaseRun.objects.create(
        generation=generation, phase="build", attempt=1, result=Result.ERRORED,
        message="TemporaryError: the provider did not answer within 60 s",
        started_at=generation.started_at, ended_at=generation.started_at,
    )  # fmt: skip
