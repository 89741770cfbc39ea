"""Which things could a generation work on, the most worthwhile first?"""

from collections.abc import Sequence

from generations.choosing import archive, failures, measured
from generations.choosing.focus import Focus
from generations.models import Result
from generations.phases import baseline
from generations.phases.shape import Turn


def of(turn: Turn) -> Sequence[Focus]:
    """Return what could be better, by its worth; an idea that asked for the turn stands alone."""
    generation = turn.generation
    if generation.brief:
        words = generation.brief.partition("\n")[0][:300]
        return (Focus(f"brief:{generation.subject or words}"[:300], words, 1.0, 1.0),)
    return archive.worth_trying(seen(turn), generation)


def seen(turn: Turn) -> list[Focus]:
    """Return all that the benchmarks and the telemetry say could be better, tried or not."""
    scored = baseline.measured(turn, turn.base, only=has_score(turn))
    return [*measured.focuses(scored), *failures.focuses(turn.generation.target)]


def has_score(turn: Turn) -> frozenset[str] | None:
    """Name the benchmarks with a score before the change; None where nobody has looked yet.

    What had none, such as tests that hang, is not waited for once more.
    """
    runs = turn.generation.runs.filter(phase="baseline", result=Result.PASSED)
    if (last := runs.last()) is None:
        return None
    scores = last.details.get("scores", {})
    return frozenset(name for name, value in scores.items() if value is not None)
