"""Which things could a generation work on, the most worthwhile first?"""

from collections.abc import Sequence

from generations.choosing.focus import Focus
from generations.phases.shape import Turn


def of(turn: Turn) -> Sequence[Focus]:
    """Return what could be better, by its worth; an idea that asked for the turn stands alone."""
    generation = turn.generation
    if generation.brief:
        words = generation.brief.partition("\n")[0][:300]
        return (Focus(f"brief:{generation.subject or words}"[:300], words, 1.0, 1.0),)
    return ()
