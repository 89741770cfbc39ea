"""What do the benchmarks say of the way from the base to the change?"""

import math
from collections.abc import Mapping, Sequence

from benchmarks import choosing
from benchmarks.definitions import of_target
from benchmarks.measures.asking import Cancelled
from benchmarks.running import comparing, together
from benchmarks.running.comparing import Compared
from benchmarks.running.runs import tree_of
from benchmarks.running.together import Asked, Scored
from benchmarks.verdicts import Verdict
from generations.models import Delta, Generation
from generations.phases.shape import Answer, Interrupted, Passed, Turn
from proposals.models import Engine

SHOWN = 200  # of what turned


def run(turn: Turn) -> Answer:
    """Find the base's scores again, measure the change, and compare the two."""
    try:
        compared = _compared(turn)
    except Cancelled as error:
        raise Interrupted from error
    if turn.stopped():
        raise Interrupted  # a comparison that was broken off says nothing
    gain = comparing.weighted(compared)
    if not math.isfinite(gain):
        raise ValueError(f"the weighted gain is {gain}: nothing can be told by it")
    generation = turn.generation

    def keep() -> Mapping[str, object]:
        Delta.objects.filter(generation=generation).delete()
        Delta.objects.bulk_create(_row(generation, one) for one in compared)
        return {"gain": gain}

    return Passed(_words(compared, gain), details=_details(turn, compared, gain), writes=keep)


def _compared(turn: Turn) -> list[Compared]:
    """Compare the two trees, both judged by the manifest of the base."""
    change = turn.change()  # its objects are there from here on
    target = turn.generation.target
    old = tree_of(target, turn.base, judged_by=turn.base)
    new = tree_of(target, change.tree, judged_by=turn.base)
    wanted = choosing.chosen(old.manifest, more=of_target(target))
    before, after = (
        together.measure(tree, wanted, _asked(turn, side))
        for tree, side in ((old, "before"), (new, "after"))
    )
    turn.told("compares")
    return comparing.compare(old, new, before, after, _asked(turn, "again"))


def _asked(turn: Turn, side: str) -> Asked:
    def told(name: str, scored: Scored | None) -> None:
        if scored is None:
            turn.told(f"measures {name} ({side})")

    return Asked(at=turn.clock(), told=told, stopped=turn.stopped)


def _row(generation: Generation, one: Compared) -> Delta:
    said = one.difference
    return Delta(
        generation=generation,
        benchmark=one.chosen.name,
        unit=one.chosen.benchmark.unit,
        weight=one.chosen.weight,
        before=one.before.value,
        after=one.after.value,
        verdict=str(said.verdict),
        words=said.words,
        keep=said.keep,
        proven=said.proven,
        difference=said.difference,
        low=said.low,
        high=said.high,
        wins=list(said.wins[:SHOWN]),
        losses=list(said.losses[:SHOWN]),
        items=said.items,
        repeats=said.repeats,
        is_noisy=said.is_noisy,
    )


def _words(compared: Sequence[Compared], gain: float) -> str:
    """Say how many got better and worse, and of how many nothing is known."""
    by = {verdict: 0 for verdict in Verdict}
    for one in compared:
        by[one.difference.verdict] += 1
    told = [f"{many} {verdict}" for verdict, many in by.items() if many]
    return f"{', '.join(told) or 'Nothing was measured'}; weighted gain {gain:+.4f}."


def _details(turn: Turn, compared: Sequence[Compared], gain: float) -> dict[str, object]:
    return {
        "gain": gain,
        "verdicts": {one.chosen.name: str(one.difference.verdict) for one in compared},
        "unmeasured": {
            one.chosen.name: one.difference.words for one in compared if not _has_score(one)
        },
        # Scores are real whoever wrote the change; a change that a script wrote proves no engine.
        "simulated": turn.generation.written_by == Engine.SCRIPTED,
    }


def _has_score(one: Compared) -> bool:
    return one.before.is_measured and one.after.is_measured
