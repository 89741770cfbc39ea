"""Where does the change start from, and how good is that?"""

from benchmarks import choosing
from benchmarks.definitions import of_target
from benchmarks.measures.asking import Cancelled
from benchmarks.running import together
from benchmarks.running.runs import tree_of
from benchmarks.running.together import Asked, Scored
from generations.choosing import lineage
from generations.phases.shape import Answer, Interrupted, Passed, Turn


def run(turn: Turn) -> Answer:
    """Take the branch's newest commit, and measure it unless that was done before."""
    target = turn.generation.target
    turn.told("fetches")
    turn.repository.fetch()
    base = turn.repository.head(target.branch)
    scored = measured(turn, base)
    parent = lineage.parent_of(turn.generation)
    found = {"base_commit": base, "parent_id": parent.pk if parent else None}
    details = {
        "base": base,
        "scores": {one.chosen.name: one.measured.value for one in scored},
        "without_a_score": {
            one.chosen.name: one.measured.words for one in scored if not one.measured.is_measured
        },
    }
    return Passed(f"Starts from {base[:12]}.", found, details)


def measured(turn: Turn, commit: str) -> list[Scored]:
    """Return what the benchmarks say of a tree, by the manifest of the base."""
    target = turn.generation.target
    tree = tree_of(target, commit, judged_by=turn.base)
    wanted = choosing.chosen(tree.manifest, more=of_target(target))

    def told(name: str, scored: Scored | None) -> None:
        if scored is None:
            turn.told(f"measures {name}")

    try:
        asked = Asked(at=turn.clock(), told=told, stopped=turn.stopped)
        return together.measure(tree, wanted, asked)
    except Cancelled as error:
        raise Interrupted from error
