"""By which name is the proposal of a generation known, before there is one?"""

import uuid
from datetime import datetime

from generations.models import Generation
from proposals.models import OPEN, Proposal, Status

# What people turned down, or what did harm, is not shown to them again.
TURNED_DOWN = (Status.REJECTED, Status.REVERTED)
AUTHOR = "Builder"
_NAMES = uuid.UUID("0c5f3f0a-7d2b-4c62-9b53-5f6a2d1f9e77")


def identity(generation: Generation) -> uuid.UUID:
    """Return the one id that its proposal can have: handed in twice, it is found again."""
    began = generation.started_at.isoformat()
    return uuid.uuid5(_NAMES, f"{generation.target.slug} {generation.number} {began}")


def unborn(generation: Generation, at: datetime) -> Proposal:
    """Return the proposal that it would be, for whoever asks where a change comes from."""
    return Proposal(
        id=identity(generation),
        target=generation.target,
        engine=generation.written_by,
        author=AUTHOR,
        risk=(generation.plan or {}).get("risk", "unknown"),
        created_at=at,
    )


def known(generation: Generation) -> str:
    """Say that people know exactly this change already; nothing where they do not."""
    same = Proposal.objects.filter(target=generation.target, diff_digest=generation.diff_digest)
    others = same.exclude(pk=identity(generation)).filter(status__in=(*OPEN, *TURNED_DOWN))
    found = others.order_by("created_at").first()
    if found is None:
        return ""
    state = found.get_status_display().lower()
    return f"The same change is known as the proposal “{found.title}” ({state}), {found.pk}."
