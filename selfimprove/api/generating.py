"""How does a program begin a generation, learn how far it is, and call it off?"""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from pydantic import BaseModel, Field, StrictBool

from audit.log import Actor
from generations.models import Generation, Outcome, PhaseRun, Result, Writer
from generations.pages.showing import standing
from generations.phases import NAMES
from generations.running import opening
from generations.running.opening import LONGEST_BRIEF, CannotBegin, Wish
from selfimprove.api.answers import Given, Nothing, Text
from selfimprove.api.changes import TooMany, refuse_other_target
from selfimprove.api.sent import Sent, sent
from selfimprove.mcp.answers import Answer, visible
from selfimprove.mcp.callers import Caller, NotPossible, NotThere, still
from selfimprove.mcp.forms import NEEDS
from telemetry.doors.models import Scope

MAY = NEEDS[Scope.GENERATIONS_RUN]
HOUR = timedelta(hours=1)
AGAIN_SECONDS = "2"


class NewGeneration(Given):
    """One turn of the improvement loop on the token's target."""

    target: Annotated[Text, Field(max_length=50, description="The token's own, or left out.")] = ""
    engine: Annotated[Writer | None, Field(description="Left out: as configured.")] = None
    dry_run: Annotated[StrictBool, Field(description="Everything but the proposal.")] = False
    brief: Annotated[
        Text, Field(max_length=LONGEST_BRIEF, description="What is wanted, in words.")
    ] = ""


class Step(BaseModel):
    """One attempt at a phase."""

    phase: str
    attempt: int
    result: Result | None = Field(description="None while it goes on.")
    message: str
    seconds: float | None


GenerationState = Literal["waiting", "running", "stopping", "ended"]


class Underway(Answer):
    """A generation and how far it is; its report says what it found."""

    number: int
    state: GenerationState
    phase: str = Field(description="The present one, or the last.")
    done: int = Field(description="Phases that passed.")
    of: int
    said: str = Field(description="What it does right now, as the page says it; sanitised.")
    steps: list[Step]
    outcome: Outcome | None
    reason_kind: str | None
    reason: str | None
    engine: Writer
    dry_run: bool
    asked_by: str
    cancelled_by: str | None
    started_at: datetime
    ended_at: datetime | None
    deadline_at: datetime
    proposal: str | None
    address: str
    report: str
    page: str


def ask(caller: Caller, given: NewGeneration, now: datetime) -> Sent:
    """Begin the next generation of the token's target, as the page and the command do."""
    refuse_other_target(caller, given.target)
    with transaction.atomic():
        still(caller, Scope.GENERATIONS_RUN, now)
        refuse_more(caller, now)
        try:
            generation = opening.begin(_wish(caller, given), at=now)
        except CannotBegin as refusal:
            words = f"Nothing was begun. {refusal} {_at_work(caller)}"
            raise NotPossible(words.rstrip()) from refusal
    place = address(generation)
    return sent(202, shown(generation, now), Location=place, Retry_After=AGAIN_SECONDS)


def look(caller: Caller, given: Nothing, now: datetime, number: int) -> Sent:
    """Say how far a generation is, and how it ended."""
    return sent(200, shown(_found(caller, number), now))


def stop(caller: Caller, given: Nothing, now: datetime, number: int) -> Sent:
    """Call a generation off; a repeat changes nothing."""
    generation = _found(caller, number)
    with transaction.atomic():
        still(caller, Scope.GENERATIONS_RUN, now)
        actor = Actor.person(caller.person)
        opening.cancel(generation, actor=actor, at=now, door=caller.stated)
    generation.refresh_from_db()
    if generation.outcome not in ("", Outcome.CANCELLED):
        ended = generation.get_outcome_display().lower()
        raise NotPossible(
            f"The generation has ended by itself ({ended}); there is nothing left to call off."
        )
    return sent(202 if generation.is_open else 200, shown(generation, now))


def address(generation: Generation) -> str:
    """Say where a program looks how far a generation is."""
    return reverse("api-generation-progress", args=[generation.number])


def shown(generation: Generation, now: datetime) -> Underway:
    """Return a generation as the API tells it while it goes on; its report tells the rest."""
    runs = list(generation.runs.all())
    return Underway(
        target=generation.target.slug,
        number=generation.number,
        state=_state(generation, now),
        phase=generation.phase,
        done=len({run.phase for run in runs if run.result == "PASSED"}),
        of=len(NAMES),
        said=visible(standing(generation, now)),
        steps=[_step(run) for run in runs],
        outcome=Outcome(generation.outcome) if generation.outcome else None,
        reason_kind=generation.reason_kind or None,
        reason=visible(generation.reason) or None,
        engine=generation.writer,
        dry_run=generation.dry_run,
        asked_by=generation.asked_by,
        cancelled_by=generation.cancelled_by or None,
        started_at=generation.started_at,
        ended_at=generation.ended_at,
        deadline_at=generation.deadline_at,
        proposal=str(generation.proposal_id) if generation.proposal_id else None,
        address=address(generation),
        report=reverse("api-generation", args=[generation.number]),
        page=generation.get_absolute_url(),
    )


def _wish(caller: Caller, given: NewGeneration) -> Wish:
    return Wish(
        target=caller.token.target,
        actor=Actor.person(caller.person),
        writer=given.engine or "",
        dry_run=given.dry_run,
        brief=given.brief,
        token=caller.token,
        door=caller.stated,
    )


def refuse_more(caller: Caller, now: datetime) -> None:
    """Refuse a program that begins one after the other; a person on the page is not held."""
    most = settings.SELFIMPROVE.api.most_generations
    lately = Generation.objects.filter(token__person=caller.person, started_at__gt=now - HOUR)
    if lately.count() >= most:
        raise TooMany(
            f"Nothing was begun. {most} generations were begun within an hour in the name of"
            f" {caller.person.get_username()} (api.most_generations); come again later."
        )


def _at_work(caller: Caller) -> str:
    """Say where the one that is at work is looked at, since it may be the caller's own."""
    found = Generation.objects.filter(target=caller.token.target, outcome="").first()
    return f"Its address is {address(found)}." if found else ""


def _state(generation: Generation, now: datetime) -> GenerationState:
    if not generation.is_open:
        return "ended"
    if generation.cancelled_by:
        return "stopping"
    held = generation.lease_until is not None and generation.lease_until > now
    return "running" if held else "waiting"


def _step(run: PhaseRun) -> Step:
    return Step(
        phase=run.phase,
        attempt=run.attempt,
        result=run.result or None,
        message=visible(run.message),
        seconds=None if run.seconds is None else round(run.seconds, 3),
    )


def _found(caller: Caller, number: int) -> Generation:
    """Return a generation of the token's target, whoever asked for it, as the page does."""
    target = caller.token.target
    rows = Generation.objects.select_related("target").filter(target=target)
    if (found := rows.filter(number=number).first()) is None:
        raise NotThere(f"{target.slug} has no generation {number}.")
    return found
