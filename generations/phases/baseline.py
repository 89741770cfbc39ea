"""Where does the change start from, and how good is that?"""

from collections.abc import Collection, Mapping
from typing import Any

from benchmarks import choosing
from benchmarks.choosing import BadChoice
from benchmarks.definitions import of_target
from benchmarks.measures.asking import Cancelled
from benchmarks.measures.own import BadDefinition
from benchmarks.running import together
from benchmarks.running.runs import tree_of
from benchmarks.running.together import Asked, Scored
from generations.choosing import lineage
from generations.models import Reason
from generations.phases.shape import Answer, Interrupted, Passed, Rejected, Turn
from targets.manifest import BadManifest

UNUSABLE = (BadManifest, BadChoice, BadDefinition)  # what the target says of itself


def run(turn: Turn) -> Answer:
    """Take the branch's newest commit, and measure it unless that was done before."""
    target = turn.generation.target
    turn.told("fetches")
    turn.repository.fetch()
    base = turn.repository.head(target.branch)
    try:
        scored = measured(turn, base)
    except UNUSABLE as error:
        return Rejected(Reason.NOT_MEASURED, str(error), {"base_commit": base})
    parent = lineage.parent_of(turn.generation)
    found = {"base_commit": base, "parent_id": parent.pk if parent else None}
    details = {
        "base": base,
        "scores": {one.chosen.name: one.measured.value for one in scored},
        "without_a_score": {
            one.chosen.name: one.measured.words for one in scored if not one.measured.is_measured
        },
    }
    return Passed(f"Starts from {base[:12]}. {unknown(details)}".strip(), found, details)


def unknown(details: Mapping[str, Any]) -> str:
    """Say how many benchmarks gave no score and why the first did not; nothing if all did."""
    silent = details.get("without_a_score") or {}
    if not silent:
        return ""
    many = len(details["scores"])
    verb = "gives" if len(silent) == 1 else "give"
    name, why = next(iter(silent.items()))
    return f"{len(silent)} of {many} benchmarks {verb} no score: {name}, since {why}."


def measured(turn: Turn, commit: str, only: Collection[str] | None = None) -> list[Scored]:
    """Return what the benchmarks, or some of them, say of a tree by the manifest of the base."""
    target = turn.generation.target
    tree = tree_of(target, commit, judged_by=turn.base)
    every = choosing.chosen(tree.manifest, more=of_target(target))
    wanted = [one for one in every if only is None or one.name in only]

    def told(name: str, scored: Scored | None) -> None:
        if scored is None:
            turn.told(f"measures {name}")

    try:
        asked = Asked(at=turn.clock(), told=told, stopped=turn.stopped)
        return together.measure(tree, wanted, asked)
    except Cancelled as error:
        raise Interrupted from error
