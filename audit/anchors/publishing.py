"""How does the newest checkpoint come to every place outside, and what if it does not?"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from audit import log, sequencer
from audit.anchors import judging, places
from audit.anchors.due import is_due
from audit.anchors.places import Claim, Conflict, NotReached, Place, Published
from audit.events import Event
from audit.models import Anchor, Outlet, OutletState

ACTOR = log.Actor.system("audit")
_EVENTS = {
    OutletState.FINE: Event.LOG_PUBLISH_RESUMED,
    OutletState.FAILED: Event.LOG_PUBLISH_FAILED,
    OutletState.CONFLICT: Event.LOG_ANCHOR_CONFLICT,
}


@dataclass(frozen=True)
class Outcome:
    """Say what one try at one place came to."""

    title: str
    state: OutletState
    size: int
    words: str
    put_back: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether the place has the newest checkpoint."""
        return self.state == OutletState.FINE


def publish(now: datetime, *, force: bool = False) -> list[Outcome]:
    """Seal what waits and publish wherever it is due; by force everywhere.

    Raises BrokenLog, and KeyTrouble where this host cannot seal.
    """
    sequencer.seal(now)
    newest = judging.newest()
    if newest is None:
        return []
    return [
        _publish_at(place, newest, now)
        for place in places.offered()
        if force or is_due(outlet_of(place), newest, last_at(place), now)
    ]


def last_at(place: Place) -> Anchor | None:
    """Return what was published last at a place."""
    known = Anchor.objects.filter(kind=place.kind, place=place.name)
    return known.order_by("-id").first()


def outlet_of(place: Place) -> Outlet | None:
    """Return how publishing at a place went last."""
    return Outlet.objects.filter(kind=place.kind, place=place.name).first()


def _publish_at(place: Place, newest: Claim, now: datetime) -> Outcome:
    last = last_at(place)
    try:
        before = _remembered(last) if last else None
        if before:
            judging.require_fit(before, newest)
        if before and before.origin != newest.origin:
            before = None  # the log goes on under a new name: this one has no tree there yet
        done = place.publish(newest, before, now)
    except NotReached as error:
        return _note_state(place, OutletState.FAILED, str(error), newest, now)
    except Conflict as error:
        return _note_state(place, OutletState.CONFLICT, str(error), newest, now)
    with transaction.atomic():
        _keep(place, newest, done, now)
        words = f"published {newest.size} leaves at {done.reference}"
        return _note_state(place, OutletState.FINE, words, newest, now, done.put_back)


def _remembered(last: Anchor) -> Claim:
    return judging.readable(last.note, reference=last.reference, at=last.at)


def _keep(place: Place, newest: Claim, done: Published, now: datetime) -> None:
    """Remember the publication, and earlier ones whose worker died before it could."""
    rows = [_row(place, claim, claim.reference, claim.at or now) for claim in done.found]
    rows.append(_row(place, replace(newest, note=done.note), done.reference, now))
    Anchor.objects.bulk_create(rows, ignore_conflicts=True)


def _row(place: Place, claim: Claim, reference: str, at: datetime) -> Anchor:
    return Anchor(
        size=claim.size,
        root=claim.root,
        kind=place.kind,
        place=place.name,
        reference=reference,
        note=claim.note,
        at=at,
    )


def _note_state(
    place: Place,
    state: OutletState,
    words: str,
    newest: Claim,
    now: datetime,
    put_back: str = "",
) -> Outcome:
    """Keep how it went; the log gets an entry when that changes, not for every try."""
    words, put_back = places.plain(words), places.plain(put_back)
    with transaction.atomic():
        made, _ = Outlet.objects.get_or_create(kind=place.kind, place=place.name)
        outlet = Outlet.objects.select_for_update().get(pk=made.pk)
        if outlet.state != state:
            outlet.since = now
            _record(place, _EVENTS[state], words, newest, now)
        if put_back:
            outlet.put_back, outlet.put_back_at = put_back, now
            _record(place, Event.LOG_ANCHOR_CONFLICT, put_back, newest, now)
        outlet.state, outlet.detail, outlet.tried_at = state, words, now
        outlet.save()
    return Outcome(place.title, state, newest.size, words, put_back)


def _record(place: Place, event: Event, words: str, newest: Claim, now: datetime) -> None:
    log.record(
        event,
        actor=ACTOR,
        subject=f"anchor:{place.kind}:{place.name}"[: log.SHOWN_LIMIT],
        target=place.name if place.kind == "git" else "",
        at=now,
        reason=words,
        facts={
            "title": place.title,
            "place": place.name,
            "size": newest.size,
            "root": newest.root,
        },
    )
