"""May this change pass? Every gate is asked, and every answer is kept."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from targets.changes import Change
from targets.manifest import Manifest
from targets.repository import Repository
from telemetry.sanitizer import sanitize
from validation import policy
from validation.gates import GATES, forbidden_paths, size
from validation.models import Outcome
from validation.parameters import Parameters
from validation.verdicts import (
    Context,
    CouldNotRun,
    Gate,
    GateVerdict,
    Limits,
    Progress,
    Verdict,
    Waived,
    overall,
    visible,
)
from validation.waiving import binding

NONE: Mapping[str, Waived] = {}

READ_NO_FILE: tuple[Gate, ...] = (size, forbidden_paths)  # so a change of any size may be asked


def check(
    change: Change,
    repository: Repository,
    *,
    manifest: Manifest,
    parameters: Parameters,
    at: datetime,
    limits: Limits | None = None,
    progress: Progress | None = None,
    waivers: Mapping[str, Waived] = NONE,
    gates: Sequence[Gate] = GATES,
) -> Verdict:
    """Ask every gate about the change, by the rules of its base and of this installation."""
    started = time.monotonic()
    limits = limits or Limits.configured()
    context = Context(repository, manifest, parameters, limits)
    too_large = size.is_beyond_reading(change, limits)
    answers = tuple(
        _not_asked(gate)
        if too_large and gate not in READ_NO_FILE
        else binding.applied(_ask(gate, change, context, progress), waivers)
        for gate in gates
    )
    return Verdict(
        base=change.base,
        tree=change.tree,
        diff_digest=change.digest,
        policy_digest=policy.digest(limits, parameters),
        outcome=overall(answers),
        gates=answers,
        made_at=at,
        seconds=time.monotonic() - started,
    )


def _ask(gate: Gate, change: Change, context: Context, progress: Progress | None) -> GateVerdict:
    started = time.monotonic()
    if progress:
        progress(gate.NAME, None)
    try:
        answer = gate.run(change, context)
    except CouldNotRun as error:
        answer = _no_answer(gate, str(error))
    except Exception as error:  # noqa: BLE001 - a gate that breaks must not pass, nor hide the rest
        answer = _no_answer(gate, f"the gate broke: {type(error).__name__}: {error}")
    answer = binding.bound(_clean(answer), change, context, version=gate.VERSION)
    answer = replace(answer, seconds=time.monotonic() - started)
    if progress:
        progress(gate.NAME, answer.outcome)
    return answer


def _clean(answer: GateVerdict) -> GateVerdict:
    """Take out what no page, log or model may see: test output and settings come from outside."""
    marks = tuple(replace(mark, message=_fit(mark.message)) for mark in answer.findings)
    return replace(answer, summary=_fit(answer.summary), findings=marks)


def _fit(text: str) -> str:
    return visible(sanitize(text)[0])


def _not_asked(gate: Gate) -> GateVerdict:
    why = "The change is far too large to be read; make it smaller first."
    return GateVerdict(gate.NAME, gate.QUESTION, Outcome.NOT_RUN, why)


def _no_answer(gate: Gate, why: str) -> GateVerdict:
    return GateVerdict(gate.NAME, gate.QUESTION, Outcome.COULD_NOT_RUN, why)
