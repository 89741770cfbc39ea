"""How does publishing stand at each place, and what is there to complain about?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import NoReverseMatch, reverse

from audit.anchors import places
from audit.anchors.due import every, late_since
from audit.anchors.places import Place
from audit.anchors.publishing import last_at
from audit.models import Anchor, Checkpoint, Outlet, OutletState

LATELY = timedelta(days=7)  # as long it is told that something had to be put back
UNTOUCHED = "Nothing there was touched, and nothing new is published there until this is settled."
SHORT = 12  # characters of a commit


@dataclass(frozen=True)
class Standing:
    """Say for one place what it has, since when, and what is wrong."""

    kind: str
    title: str
    url: str
    badge: str
    tone: str
    words: str
    size: int = 0
    at: datetime | None = None
    reference: str = ""

    @property
    def complains(self) -> bool:
        """Tell whether a person should look."""
        return self.tone in {"bad", "warn"}

    @property
    def conflicts(self) -> bool:
        """Tell whether what is outside contradicts the log."""
        return self.tone == "bad"


def standings(now: datetime) -> list[Standing]:
    """Return how it stands at every place, from our own rows: nothing outside is asked."""
    offered = places.offered()
    outlets = {(row.kind, row.place): row for row in Outlet.objects.all()}
    found = []
    for place in offered:
        outlet = outlets.get((place.kind, place.name))
        found.append(_standing(place, outlet, last_at(place), now))
    return found


def _standing(place: Place, outlet: Outlet | None, last: Anchor | None, now: datetime) -> Standing:
    badge, tone, words = _judged(outlet, last, now)
    return Standing(
        kind=place.kind,
        title=place.title,
        url=_page(place),
        badge=badge,
        tone=tone,
        words=words,
        size=last.size if last else 0,
        at=last.at if last else None,
        reference=_reference(last) if last else "",
    )


def _judged(outlet: Outlet | None, last: Anchor | None, now: datetime) -> tuple[str, str, str]:
    if outlet and outlet.state == OutletState.CONFLICT:
        words = f"{outlet.detail[:1].upper()}{outlet.detail[1:]}. {UNTOUCHED}"
        return "Does not fit", "bad", words
    late = late_since(last.size if last else 0, now)
    if outlet and outlet.state == OutletState.FAILED:
        return "Late" if late else "Not reached", "warn", f"It is tried again: {outlet.detail}."
    if late:
        words = (
            f"The log has gone on since {late:%Y-%m-%d %H:%M} UTC, and this is not published here:"
            " is the worker running?"
        )
        return "Late", "warn", words
    if outlet and outlet.put_back_at and now - outlet.put_back_at < LATELY:
        return "Put back", "warn", f"Look who did it: {outlet.put_back}."
    if last is None:
        return "Not yet", "quiet", "The first checkpoint is published within a minute or so."
    return "Published", "good", _following(last.size)


def _following(size: int) -> str:
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    if newest <= size:
        return ""
    return f"{newest - size} newer follow within {every().total_seconds() / 60:g} minutes."


def _reference(last: Anchor) -> str:
    if last.kind == "git":
        return f"commit {last.reference[:SHORT]}"
    return "cosigned" if last.kind == "witness" else ""


def _page(place: Place) -> str:
    if place.kind != "git":
        return ""
    try:
        return reverse("targets:detail", args=[place.name])
    except NoReverseMatch:
        return ""
