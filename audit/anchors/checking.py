"""What do the places have right now, without anything being published?"""

from datetime import datetime

from audit.anchors import asking, judging, places
from audit.anchors.due import late_since
from audit.anchors.places import Claim, Conflict, Held, Place, plain
from audit.anchors.publishing import Outcome
from audit.models import OutletState


def check(now: datetime) -> list[Outcome]:
    """Ask every place what it states and judge it against the tree."""
    newest = judging.newest()
    if newest is None:
        return []
    return [_checked(place, held, newest, now) for place, held in asking.held(places.offered())]


def _checked(place: Place, held: Held, newest: Claim, now: datetime) -> Outcome:
    largest = max(held.claims, key=lambda claim: claim.size, default=None)
    size = largest.size if largest else 0
    try:
        for claim in held.claims:
            judging.require_fit(claim, newest)
    except Conflict as error:
        return Outcome(place.title, OutletState.CONFLICT, size, plain(str(error)))
    if held.foreign:
        return Outcome(place.title, OutletState.CONFLICT, size, plain("; ".join(held.foreign)))
    if held.doubts:
        return Outcome(place.title, OutletState.FAILED, size, plain("; ".join(held.doubts)))
    words = f"it states {size} leaves{judging.since(largest) if largest else ''}"
    if late_since(size, now):
        return Outcome(place.title, OutletState.FAILED, size, f"{words}, and is late")
    return Outcome(place.title, OutletState.FINE, size, words)
