"""Which things could a generation work on, the most worthwhile first?"""

from collections.abc import Mapping, Sequence
from typing import Any

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
    scores = _scores(turn)
    if scores is None:
        return None
    return frozenset(name for name, value in scores.items() if value is not None)


def gave_none(turn: Turn) -> Mapping[str, str]:
    """Say of the benchmarks that were asked about the base in full why they have no score there.

    What the target leaves out, or gives less time than we do, was not.
    """
    silent: Mapping[str, str] = (_details(turn) or {}).get("without_a_score", {})
    cut_short = turn.manifest.benchmarks.timeouts
    return {name: why for name, why in silent.items() if name not in cut_short}


def _scores(turn: Turn) -> Mapping[str, float | None] | None:
    details = _details(turn)
    return None if details is None else details.get("scores", {})


def _details(turn: Turn) -> Mapping[str, Any] | None:
    runs = turn.generation.runs.filter(phase="baseline", result=Result.PASSED)
    last = runs.last()
    return last.details if last else None
