"""How is one gate asked, so that whatever happens in it is an answer?"""

import time
from dataclasses import replace

from targets.changes import Change
from telemetry.sanitizer import sanitize
from validation.models import Outcome
from validation.verdicts import Context, CouldNotRun, Gate, GateVerdict, visible


def ask(gate: Gate, change: Change, context: Context) -> GateVerdict:
    """Return the gate's answer; one that breaks must not pass, nor hide the rest."""
    started = time.monotonic()
    try:
        answer = context.answer(gate, change)
    except CouldNotRun as error:
        answer = no_answer(gate, str(error))
    except Exception as error:  # noqa: BLE001 - said as an answer of its own, never as a pass
        answer = no_answer(gate, f"the gate broke: {type(error).__name__}: {error}")
    return replace(_clean(answer), seconds=time.monotonic() - started)


def no_answer(gate: Gate, why: str) -> GateVerdict:
    """Say that a gate could not be asked, or did not answer."""
    return _clean(GateVerdict(gate.NAME, gate.QUESTION, Outcome.COULD_NOT_RUN, why))


def stopped(gate: Gate, who: str) -> GateVerdict:
    """Say that a person ended the check before this gate had answered."""
    return no_answer(gate, f"stopped by {who}")


def too_late(gate: Gate, seconds: float) -> GateVerdict:
    """Say that a gate was given up."""
    return no_answer(gate, f"the gate gave no answer within {seconds:g} seconds and was ended")


def _clean(answer: GateVerdict) -> GateVerdict:
    """Take out what no page, log or model may see: test output and settings come from outside."""
    marks = tuple(replace(mark, message=_fit(mark.message)) for mark in answer.findings)
    return replace(answer, summary=_fit(answer.summary), findings=marks)


def _fit(text: str) -> str:
    return visible(sanitize(text)[0])
