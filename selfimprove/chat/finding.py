"""Which proposal do the first signs of an id name?"""

import re
import uuid

from proposals.models import Proposal
from selfimprove.chat.commands import Unclear

LEAST = 4  # signs: fewer are as good as a guess
MOST_NAMED = 5
_SIGNS = re.compile(r"[0-9a-f]{1,32}")


def find(wanted: str) -> Proposal:
    """Return the only proposal whose id begins so; raise Unclear when there is none, or more."""
    signs = wanted.strip("`#…").replace("-", "").lower()
    if not _SIGNS.fullmatch(signs):
        raise Unclear(f"“{wanted[:40]}” is no id; list gives them, such as 3f2b8c1e.")
    if len(signs) < LEAST:
        raise Unclear(f"“{wanted}” is too short: give at least {LEAST} signs of the id.")
    first, last = (uuid.UUID(signs.ljust(32, fill)) for fill in "0f")
    rows = Proposal.objects.select_related("target", "report").order_by("pk")
    found = list(rows.filter(pk__gte=first, pk__lte=last)[: MOST_NAMED + 1])
    if not found:
        raise Unclear(
            f"No proposal has an id that begins with {signs}; list gives those there are."
        )
    if len(found) > 1:
        raise Unclear(f"{signs} begins several ids; give more signs: {_named(found)}.")
    return found[0]


def short(proposal: Proposal) -> str:
    """Return the first signs of an id, as people write them."""
    return str(proposal.pk)[:8]


def _named(found: list[Proposal]) -> str:
    ids = [str(proposal.pk) for proposal in found[:MOST_NAMED]]
    return ", ".join(ids) + (" and more" if len(found) > MOST_NAMED else "")
