"""May this change pass? Every gate is asked, and every answer is kept."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from targets.changes import Change
from targets.manifest import Manifest
from targets.repository import Repository
from validation import policy
from validation.asking import alone, apart, beside
from validation.asking.watching import Unwatched, Watch
from validation.authorising.origin import UNNAMED, Origin
from validation.gates import GATES, READING, STARTING, forbidden_paths, size
from validation.keeping.answers import Kept
from validation.models import Outcome
from validation.parameters import Parameters
from validation.trying.cases import Case
from validation.verdicts import (
    Context,
    Gate,
    GateVerdict,
    Limits,
    Progress,
    Verdict,
    Waived,
    overall,
)
from validation.waiving import binding

READ_NO_FILE: tuple[Gate, ...] = (size, forbidden_paths)  # so a change of any size may be asked
NONE: Mapping[str, Waived] = {}
Numbered = tuple[int, Gate]


def check(
    change: Change,
    repository: Repository,
    *,
    manifest: Manifest,
    parameters: Parameters,
    at: datetime,
    origin: Origin = UNNAMED,
    limits: Limits | None = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
    waivers: Mapping[str, Waived] = NONE,
    kept: Kept | None = None,
    gates: Sequence[Gate] = GATES,
    cases: Sequence[Case] = (),
) -> Verdict:
    """Ask every gate about the change, by the rules of its base and of this installation."""
    started = time.monotonic()
    limits = limits or Limits.configured()
    context = Context(
        *(repository, manifest, parameters, limits),
        origin=origin,
        cases=tuple(cases),
        waivers=waivers,
    )
    watch = watch or Unwatched(progress)
    found = _answers(list(enumerate(gates)), change, context, watch, kept)
    answers = tuple(binding.applied(found[number], waivers) for number in range(len(gates)))
    return Verdict(
        base=change.base,
        tree=change.tree,
        diff_digest=change.digest,
        policy_digest=policy.digest(limits, parameters),
        outcome=overall(answers),
        gates=answers,
        made_at=at,
        seconds=time.monotonic() - started,
        stopped_by=watch.stopped_by(),
    )


def _answers(
    gates: Sequence[Numbered],
    change: Change,
    context: Context,
    watch: Watch,
    kept: Kept | None,
) -> dict[int, GateVerdict]:
    """Return the answer of each gate under its number, whoever gave it, and keep what is new."""
    found = _known(gates, change, context, kept)
    asked = [(number, gate) for number, gate in gates if number not in found]
    for number, answer in _asked(asked, change, context, watch).items():
        gate = gates[number][1]
        found[number] = binding.bound(answer, change, context, version=gate.VERSION)
        if kept and not watch.stopped_by():
            kept.keep(gate, found[number])
    who = watch.stopped_by()
    missing = {number: alone.stopped(gate, who) for number, gate in gates if number not in found}
    return {**found, **missing}


def _known(
    gates: Sequence[Numbered], change: Change, context: Context, kept: Kept | None
) -> dict[int, GateVerdict]:
    """Return what needs no asking: it must not be asked, or it was answered before."""
    found: dict[int, GateVerdict] = {}
    too_large = size.is_beyond_reading(change, context.limits)
    for number, gate in gates:
        if too_large and gate not in READ_NO_FILE:
            found[number] = _not_asked(gate)
        elif kept and (answer := kept.find(gate)):
            found[number] = answer
    return found


def _asked(
    gates: Sequence[Numbered], change: Change, context: Context, watch: Watch
) -> dict[int, GateVerdict]:
    """Ask the cheap gates first, each where it can do no harm to the others."""
    answers: dict[int, GateVerdict] = {}
    for number, gate in gates:
        if gate in READING or gate in STARTING or watch.stopped_by():
            continue
        watch.began(gate.NAME)
        answers[number] = alone.ask(gate, change, context)
        watch.ended(gate.NAME, answers[number].outcome)
        watch.beat()
    reading = [(number, gate) for number, gate in gates if gate in READING]
    starting = [(number, gate) for number, gate in gates if gate in STARTING]
    answers |= apart.ask(reading, change, context, watch)
    return answers | beside.ask(starting, change, context, watch)


def _not_asked(gate: Gate) -> GateVerdict:
    why = "The change is far too large to be read; make it smaller first."
    return GateVerdict(gate.NAME, gate.QUESTION, Outcome.NOT_RUN, why)
