"""Which versions of a change are there, from the first to the last?"""

from proposals.models import Proposal, Revision


def before(proposal: Proposal) -> list[Proposal]:
    """Return the earlier versions, the first one first."""
    found: list[Proposal] = []
    while (made := revision_of(proposal)) is not None:
        proposal = made.previous
        found.insert(0, proposal)
    return found


def number_of(proposal: Proposal) -> int:
    """Return the number of a version; what was proposed first is 1."""
    made = revision_of(proposal)
    return made.number if made else 1


def following(proposal: Proposal) -> Revision | None:
    """Return the revision that took its place, if one did."""
    return Revision.objects.filter(previous=proposal).select_related("proposal").first()


def revision_of(proposal: Proposal) -> Revision | None:
    """Return that by which it is a revision, with what it revises; the first version has none."""
    rows = Revision.objects.filter(proposal=proposal)
    return rows.select_related("previous__target", "request__asked_by").first()
