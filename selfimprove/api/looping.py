"""How does a program ask for several generations in a row, and call them off?"""

from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from pydantic import Field, StrictBool, StrictInt

from audit.log import Actor
from generations import starting
from generations.models import Loop, Writer
from generations.running import series
from generations.running.opening import CannotBegin, Wish
from generations.running.series import MOST
from selfimprove.api.answers import Given, Nothing, Text
from selfimprove.api.changes import refuse_other_target
from selfimprove.api.generating import AGAIN_SECONDS, refuse_more
from selfimprove.api.sent import Sent, sent
from selfimprove.mcp.answers import Answer, visible
from selfimprove.mcp.callers import Caller, NotPossible, NotThere, Refused, still
from telemetry.doors.models import Scope


class NewLoop(Given):
    """Several turns in a row, or until nothing is left."""

    wanted: Annotated[StrictInt, Field(ge=1, le=MOST, description="At most so many.")]
    target: Annotated[Text, Field(max_length=50, description="The token's own, or left out.")] = ""
    engine: Annotated[Writer | None, Field(description="Left out: as configured.")] = None
    dry_run: Annotated[StrictBool, Field(description="Everything but the proposals.")] = False


class Series(Answer):
    """Several generations in a row, and how far they are."""

    id: int
    ended: bool
    ending: str = Field(description="Why it ended; empty while it has not.")
    waits: str = Field(description="Which budget it waits for, if it does.")
    wanted: int
    generations: list[int] = Field(description="Their numbers, the newest first.")
    at_work: int | None
    engine: Writer
    dry_run: bool
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    address: str
    page: str


def ask(caller: Caller, given: NewLoop, now: datetime) -> Sent:
    """Ask for several in a row, as the page and the command do."""
    refuse_other_target(caller, given.target)
    most = settings.SELFIMPROVE.api.most_generations
    if given.wanted > most:
        raise Refused(f"wanted: api.most_generations allows {most}; ask for fewer.")
    wish = Wish(
        target=caller.token.target,
        actor=Actor.person(caller.person),
        writer=given.engine or "",
        dry_run=given.dry_run,
        token=caller.token,
        door=caller.stated,
    )
    with transaction.atomic():
        still(caller, Scope.GENERATIONS_RUN, now)
        refuse_more(caller, now)
        try:
            loop = series.ask(wish, given.wanted, at=now)
        except CannotBegin as refusal:
            raise NotPossible(f"Nothing was begun. {refusal}") from refusal
    return sent(202, shown(loop, now), Location=address(loop), Retry_After=AGAIN_SECONDS)


def look(caller: Caller, given: Nothing, now: datetime, number: int) -> Sent:
    """Say how far they are, and why they ended."""
    return sent(200, shown(_found(caller, number), now))


def stop(caller: Caller, given: Nothing, now: datetime, number: int) -> Sent:
    """Call them off with the one that is at work; a repeat changes nothing."""
    loop = _found(caller, number)
    with transaction.atomic():
        still(caller, Scope.GENERATIONS_RUN, now)
        actor = Actor.person(caller.person)
        series.cancel(loop, actor=actor, at=now, door=caller.stated)
    loop.refresh_from_db()
    if not loop.cancelled_by:
        raise NotPossible(f"The loop has ended by itself: {loop.ending}")
    return sent(202 if _at_work(loop) else 200, shown(loop, now))


def address(loop: Loop) -> str:
    """Say where a program looks how far a loop is."""
    return reverse("api-loop", args=[loop.pk])


def shown(loop: Loop, now: datetime) -> Series:
    """Return a loop as the API tells it."""
    is_open = loop.ended_at is None
    return Series(
        target=loop.target.slug,
        id=loop.pk,
        ended=not is_open,
        ending=visible(loop.ending),
        waits=starting.held(loop, now) if is_open else "",
        wanted=loop.wanted,
        generations=list(loop.generations.values_list("number", flat=True)),
        at_work=_at_work(loop),
        engine=loop.writer,
        dry_run=loop.dry_run,
        asked_by=loop.asked_by,
        asked_at=loop.asked_at,
        ended_at=loop.ended_at,
        address=address(loop),
        page=f"{reverse('generations:list')}?loop={loop.pk}",
    )


def _at_work(loop: Loop) -> int | None:
    return loop.generations.filter(outcome="").values_list("number", flat=True).first()


def _found(caller: Caller, number: int) -> Loop:
    target = caller.token.target
    rows = Loop.objects.select_related("target").filter(target=target)
    if (found := rows.filter(pk=number).first()) is None:
        raise NotThere(f"{target.slug} has no loop {number}.")
    return found
