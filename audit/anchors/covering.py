"""Was an entry published outside, and what keeps it from that?"""

from datetime import datetime

from django.conf import settings
from django.db.models import Q

from audit.anchors import places
from audit.anchors.due import GRACE
from audit.models import Anchor, Checkpoint, Leaf, Outlet, OutletState

SEALED, PUBLISHED = "sealed", "published"


def is_asked() -> bool:
    """Say whether an act outside waits until what it rests on is published."""
    return bool(settings.SELFIMPROVE.audit.gate == PUBLISHED)


def is_covered(leaf: Leaf) -> bool:
    """Say whether a place that is in order has a checkpoint of ours over this leaf."""
    for place in places.offered():
        at = Q(kind=place.kind, place=place.name)
        contradicts = Outlet.objects.filter(kind=place.kind, place=place.name)
        if contradicts.filter(state=OutletState.CONFLICT).exists():
            continue
        last = Anchor.objects.filter(at, size__gt=leaf.index).order_by("-size").first()
        # What is noted of a place counts for the tree that is here, and for no other.
        if last and Checkpoint.objects.filter(size=last.size, root=last.root).exists():
            return True
    return False


def sealed_at(leaf: Leaf) -> datetime | None:
    """Return since when an entry could have been published."""
    over = Checkpoint.objects.filter(size__gt=leaf.index).order_by("size")
    return over.values_list("made_at", flat=True).first()


def is_late(leaf: Leaf, now: datetime) -> bool:
    """Say whether it should have been published by now."""
    since = sealed_at(leaf)
    return since is None or now - since > GRACE


def complaints() -> list[str]:
    """Say of each place why it has nothing new, in its own words."""
    offered = places.offered()
    if not offered:
        return ["no place is set up"]
    rows = {(row.kind, row.place): row for row in Outlet.objects.exclude(state=OutletState.FINE)}
    found = ((place.title, rows.get((place.kind, place.name))) for place in offered)
    return [f"{title}: {row.detail}" for title, row in found if row]
