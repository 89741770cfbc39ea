"""How does a generation begin, and how is it called off?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from audit.events import Event
from audit.log import Actor
from generations.models import Generation, Loop, Writer
from generations.phases import NAMES
from generations.running import claims, recording
from generations.running.recording import clean, entry
from targets.models import State, Target
from telemetry.doors.models import Token

LONGEST_BRIEF = 20_000


class CannotBegin(Exception):
    """No generation can begin on this target now; the words say why, and what to do."""


@dataclass(frozen=True)
class Wish:
    """Say what is wanted of a generation, and by whom."""

    target: Target
    actor: Actor
    writer: str = ""  # of Writer; else as configured
    dry_run: bool = False
    subject: str = ""  # what asks for it, such as idea:12
    brief: str = ""  # what is wanted, in words
    loop: Loop | None = None
    token: Token | None = None  # of the program that asks in the actor's name
    door: Mapping[str, object] = field(default_factory=dict)  # the way in, where it says so


def begin(wish: Wish, *, at: datetime) -> Generation:
    """Open the next generation of a target; raise CannotBegin."""
    refuse_unready(wish)
    limit = timedelta(minutes=settings.SELFIMPROVE.generations.deadline_minutes)
    try:
        with transaction.atomic():
            Target.objects.select_for_update().get(pk=wish.target.pk)
            mine = Generation.objects.filter(target=wish.target)
            last = mine.aggregate(last=Max("number"))["last"] or 0
            generation = Generation.objects.create(
                target=wish.target,
                number=last + 1,
                loop=wish.loop,
                writer=wish.writer or configured(),
                dry_run=wish.dry_run,
                asked_by=wish.actor.id,
                token=wish.token,
                subject=wish.subject,
                brief=clean(wish.brief)[:LONGEST_BRIEF],
                phase=NAMES[0],
                started_at=at,
                deadline_at=at + limit,
                next_step_at=at,
            )
            facts = {"writer": generation.writer, "dry_run": generation.dry_run, **wish.door}
            facts |= {"subject": wish.subject} if wish.subject else {}
            entry(Event.GENERATION_STARTED, generation, at=at, actor=wish.actor, facts=facts)
    except IntegrityError as error:
        raise CannotBegin(f"A generation of {wish.target.slug} is at work already.") from error
    return generation


def cancel(
    generation: Generation,
    *,
    actor: Actor,
    at: datetime,
    door: Mapping[str, object] | None = None,
) -> bool:
    """Call a generation off; return whether it had not ended.

    One that nobody works on ends at once, even where the loop is paused and nobody would come by;
    else whoever works on it ends it within moments.
    """
    with transaction.atomic():
        fresh = Generation.objects.filter(pk=generation.pk, outcome="", cancelled_by="")
        if not fresh.update(cancelled_by=actor.id, next_step_at=at):
            return False
        entry(Event.GENERATION_CANCELLED, generation, at=at, actor=actor, facts=door)
        if lease := claims.take(generation.pk, at):
            recording.end_if_over(generation, lease)
    return True


def configured() -> str:
    """Return the writer that the configuration names."""
    chosen: str = settings.SELFIMPROVE.generations.engine
    return chosen


def refuse_unready(wish: Wish) -> None:
    """Raise CannotBegin where the wish cannot be met now."""
    target = wish.target
    if wish.writer and wish.writer not in Writer.values:
        known = ", ".join(Writer.values)
        raise CannotBegin(f"There is no writer {wish.writer!r}; known are {known}.")
    if target.paused:
        raise CannotBegin(f"{target.slug} is paused: resume it first.")
    if target.state != State.READY:
        what = f"{target.get_state_display()}: {target.state_detail}".rstrip(": ")
        raise CannotBegin(f"{target.slug} is not ready ({what}).")
