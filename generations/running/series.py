"""How do several generations follow each other, and when do they stop early?"""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from audit.events import Event
from audit.log import Actor, record
from generations.models import Generation, Loop, Outcome, Reason
from generations.running import opening
from generations.running.opening import CannotBegin, Wish
from generations.running.recording import OURSELVES

MOST = 1000
STOPS_AFTER = 3  # failures of ours in a row
FAILURES = (Outcome.FAILED, Outcome.TIMED_OUT)


def ask(wish: Wish, wanted: int, *, at: datetime) -> Loop:
    """Record that several generations are wanted in a row; raise CannotBegin."""
    if not 1 <= wanted <= MOST:
        raise CannotBegin(f"Between 1 and {MOST} generations can be asked for, not {wanted}.")
    opening.refuse_unready(wish)
    try:
        with transaction.atomic():
            loop = Loop.objects.create(
                target=wish.target,
                wanted=wanted,
                writer=wish.writer or opening.configured(),
                dry_run=wish.dry_run,
                asked_by=wish.actor.id,
                token=wish.token,
                asked_at=at,
            )
            facts = {"wanted": wanted, "writer": loop.writer, "dry_run": loop.dry_run}
            facts |= dict(wish.door)
            _record(Event.GENERATIONS_ASKED, loop, at=at, actor=wish.actor, facts=facts)
    except IntegrityError as error:
        raise CannotBegin(f"A loop of {wish.target.slug} is at work already.") from error
    return loop


def next_of(loop: Loop, *, at: datetime) -> Generation | None:
    """Begin the next generation of a loop, or end the loop; None while one is at work, too."""
    with transaction.atomic():
        loop = Loop.objects.select_for_update().select_related("target").get(pk=loop.pk)
        if loop.ended_at is not None:
            return None
        made = list(loop.generations.order_by("-pk"))
        if made and made[0].is_open:
            return None
        if why := _ending(loop, made):
            _end(loop, why, at=at)
            return None
    wish = Wish(
        target=loop.target,
        actor=OURSELVES,
        writer=loop.writer,
        dry_run=loop.dry_run,
        loop=loop,
        token=loop.token,
    )
    try:
        return opening.begin(wish, at=at)
    except CannotBegin as reason:
        if Generation.objects.filter(target=loop.target, outcome="").exists():
            return None  # somebody asked for one of their own; ours follows it
        with transaction.atomic():
            _end(loop, str(reason), at=at)
        return None


def cancel(
    loop: Loop, *, actor: Actor, at: datetime, door: Mapping[str, object] | None = None
) -> bool:
    """Call a loop off with the generation that is at work; return whether it had not ended."""
    with transaction.atomic():
        fresh = Loop.objects.filter(pk=loop.pk, ended_at=None, cancelled_by="")
        if not fresh.update(cancelled_by=actor.id):
            return False
        for generation in loop.generations.filter(outcome="").select_related("target"):
            opening.cancel(generation, actor=actor, at=at, door=door)
        loop.refresh_from_db()
        _end(loop, f"Called off by {actor.id}.", at=at, actor=actor, door=door)
    return True


def _ending(loop: Loop, made: list[Generation]) -> str:
    """Say why no further generation follows; nothing where one does."""
    if loop.cancelled_by:
        return f"Called off by {loop.cancelled_by}."
    if len(made) >= loop.wanted:
        return f"All {loop.wanted} are done."
    if made and made[0].reason_kind == Reason.REVIEW_FULL:
        return f"Generation {made[0].number} wrote nothing: {made[0].reason}"
    if made and made[0].outcome == Outcome.NOTHING:
        return f"Generation {made[0].number} found nothing left to improve."
    if made and made[0].outcome == Outcome.CANCELLED:
        return f"Generation {made[0].number} was called off."
    if made and made[0].reason_kind == Reason.BUDGET:
        return f"The budget is used up: {made[0].reason}"
    last = [one.outcome for one in made[:STOPS_AFTER]]
    if len(last) == STOPS_AFTER and all(one in FAILURES for one in last):
        return f"{STOPS_AFTER} generations in a row failed on our side."
    return ""


def _end(
    loop: Loop,
    why: str,
    *,
    at: datetime,
    actor: Actor = OURSELVES,
    door: Mapping[str, object] | None = None,
) -> None:
    Loop.objects.filter(pk=loop.pk, ended_at=None).update(ended_at=at, ending=why)
    facts = {"done": loop.generations.count(), "wanted": loop.wanted, **(door or {})}
    _record(Event.GENERATIONS_ENDED, loop, at=at, actor=actor, facts=facts, reason=why)


def _record(
    event: Event,
    loop: Loop,
    *,
    at: datetime,
    actor: Actor,
    facts: Mapping[str, object],
    reason: str = "",
) -> None:
    record(
        event,
        actor=actor,
        subject=f"loop:{loop.pk}",
        target=loop.target.slug,
        at=at,
        reason=reason,
        facts=facts,
    )
