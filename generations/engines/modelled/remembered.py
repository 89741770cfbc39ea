"""How is what was tried before on a target told to an agent?"""

from typing import Any

from generations.choosing import archive
from generations.choosing.archive import Past
from generations.engines.modelled.words import lines_of
from generations.models import Generation, Reason
from personas.material import harmless, marked

REMEMBERED = 5
LONGEST_FAILURE = 2000


def rejected(generation: Generation) -> list[dict[str, Any]]:
    """Tell the last ideas that were rejected and why, the latest first."""
    return [
        {
            "title": harmless(one.title),
            "focus": harmless(one.focus),
            "kind": Reason(one.kind).label if one.kind else "",
            "reason": marked(one.reason),
        }
        for one in archive.turned_down(generation.target, REMEMBERED)
    ]


def times_rejected(generation: Generation, focus: str) -> int:
    """Count what speaks against trying the same on this target again."""
    return archive.of(generation.target).get(focus[:300], Past()).rejections


def last_failure(generation: Generation) -> str:
    """Tell why the latest attempt at the same focus failed, with the end of what it said."""
    if not generation.focus:
        return ""
    told = archive.last_failure(generation, generation.focus)
    return lines_of(told, generation.target)[:LONGEST_FAILURE].strip()
