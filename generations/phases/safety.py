"""Do the gates let the change pass, as they would a proposal?"""

from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings

from generations import decision
from generations.models import Reason, Result
from generations.options import Generations
from generations.phases import cited, naming
from generations.phases.shape import Answer, Interrupted, Passed, Rejected, Turn
from proposals.authorising.origins import origin_of
from proposals.checks import rules_in_force
from proposals.running.output import Tail
from targets.changes import Change
from validation import judges, parameters, report, runner
from validation.authorising.kinds import kind_of
from validation.authorising.origin import Origin
from validation.gates import STARTING
from validation.keeping import tools
from validation.keeping.answers import Kept
from validation.models import Outcome
from validation.parameters import Parameters
from validation.verdicts import GateVerdict, Verdict
from validation.waiving import acts

ASKING = (Outcome.ACKNOWLEDGE, Outcome.NOT_RUN)
OURS = "The gates could not judge it"


class CouldNotJudge(Exception):
    """A gate could not run for a reason that has nothing to do with the change."""


class Watched:
    """Tells how far the gates are, and stops them when the turn is over."""

    def __init__(self, turn: Turn) -> None:
        self._turn, self._tail = turn, Tail()

    def began(self, gate: str) -> None:
        """Name the gate that is asked."""
        self._turn.told(f"asks the gate {gate}")

    def ended(self, gate: str, outcome: Outcome) -> None:
        """Leave the answer to the report."""

    def heard(self, gate: str, piece: bytes) -> None:
        """Keep the last lines."""
        self._tail.add(piece)

    def beat(self) -> None:
        """Need no sign of life: the lease has one."""

    def stopped_by(self) -> str:
        """Name nobody in particular: who it was, the generation says."""
        return "the generation" if self._turn.stopped() else ""

    def output(self) -> str:
        """Return what programs of the target said last."""
        return self._tail.text()


def run(turn: Turn) -> Answer:
    """Weigh the size, then ask every gate by the rules of the base."""
    change = turn.change()
    rules = parameters.load().of(turn.generation.target.slug)
    if refused := _beyond(turn, change, rules):
        return refused
    watched = Watched(turn)
    verdict = _asked(turn, change, rules, watched)
    if turn.stopped() or verdict.stopped_by:
        raise Interrupted
    return _answer(turn, verdict, watched.output())


def size_of(turn: Turn, change: Change, rules: Parameters) -> decision.Size:
    """Count what changes, and say what of it is code and what tests."""
    limits: Generations = settings.SELFIMPROVE.generations
    kinds = {kind_of(path, holds_parameters=rules.covers(path)) for path in change.paths}
    return decision.Size(
        files=len(change.files),
        lines=sum(file.added + file.removed for file in change.files),
        most_files=limits.files,
        most_lines=limits.lines,
        touches_code="code" in kinds,
        touches_tests=any(
            judges.is_test(file.path) for file in change.files if file.status != "D"
        ),
        tests_required=limits.tests_required,
    )


def _beyond(turn: Turn, change: Change, rules: Parameters) -> Rejected | None:
    """Spare the gates and the benchmarks what would be rejected all the same."""
    if words := naming.known(turn.generation):
        return Rejected(Reason.KNOWN, words)
    size = size_of(turn, change, rules)
    details = {"files": size.files, "lines": size.lines}
    if words := decision.too_large(size):
        return Rejected(Reason.TOO_LARGE, words, details=details)
    if words := decision.without_tests(size):
        return Rejected(Reason.NO_TESTS, words, details=details)
    return None


def _asked(turn: Turn, change: Change, rules: Parameters, watched: Watched) -> Verdict:
    generation, now = turn.generation, turn.clock()
    return runner.check(
        change,
        turn.repository,
        manifest=turn.manifest,
        parameters=rules,
        at=now,
        origin=_origin(turn),
        cases=cited.cases_of(generation),
        watch=watched,
        waivers=acts.in_force(generation.target, now),
        kept=_kept(turn, change),
    )


def _origin(turn: Turn) -> Origin:
    """Say who would propose it; what is not proposed yet is counted as if it were."""
    origin = origin_of(naming.unborn(turn.generation, turn.clock()))
    return replace(origin, recent=origin.recent + 1)


def _kept(turn: Turn, change: Change) -> Kept | None:
    """Let a repeat of this phase find again what was answered before it broke."""
    if not settings.SELFIMPROVE.validation.reuse_answers:
        return None
    return Kept(
        change,
        turn.repository,
        target=turn.generation.target,
        purpose=f"generation {turn.generation.pk}",
        rules=rules_in_force(),
        at=turn.clock(),
    )


def _answer(turn: Turn, verdict: Verdict, output: str) -> Answer:
    details = {
        "outcome": str(verdict.outcome),
        "gates": [_plain(gate) for gate in verdict.gates],
    }

    def keep() -> Mapping[str, object]:
        return {"report_id": report.save(verdict, turn.generation.target, turn.clock()).pk}

    if verdict.outcome == Outcome.REFUSED:
        words = _refusal(verdict)
        return Rejected(Reason.GATES, words, details=details, output=output, writes=keep)
    if verdict.outcome == Outcome.COULD_NOT_RUN:
        words = _unjudged(turn, verdict)
        return Rejected(Reason.GATES, words, details=details, output=output, writes=keep)
    asks = [gate.gate for gate in verdict.gates if gate.outcome in ASKING]
    message = f"None of {len(verdict.gates)} gates refuses it"
    message += f"; a person has to look at: {', '.join(asks)}." if asks else "."
    return Passed(message, details=details, output=output, writes=keep)


def _refusal(verdict: Verdict) -> str:
    """Return the words of the first finding that refuses."""
    gate = next(gate for gate in verdict.gates if gate.outcome == Outcome.REFUSED)
    mark = next((mark for mark in gate.findings if mark.refuses), None)
    if mark is None:
        return f"{gate.gate}: {gate.summary}"
    place = f"{mark.path}:{mark.line}: " if mark.line else f"{mark.path}: " if mark.path else ""
    return f"{gate.gate}: {place}{mark.message}"


def _unjudged(turn: Turn, verdict: Verdict) -> str:
    """Say whose doing it is that a gate could not run; raise CouldNotJudge where it is ours.

    Ours is what reads, and a machine on which nothing of the target may run. Where the target's
    own programs did not come to an end, chance may have had a say: it is tried once more, and
    what fails again in the same words is the change's doing.
    """
    silent = [gate for gate in verdict.gates if gate.outcome == Outcome.COULD_NOT_RUN]
    words = "; ".join(f"{gate.gate}: {gate.summary}" for gate in silent)
    starting = {gate.NAME for gate in STARTING}
    ours = not tools.starting() or any(gate.gate not in starting for gate in silent)
    last = turn.generation.runs.filter(phase="safety", result=Result.ERRORED).last()
    if ours or last is None or words not in last.message:
        raise CouldNotJudge(f"{OURS}: {words}")
    return f"{OURS}, twice in the same words: {words}"


def _plain(gate: GateVerdict) -> dict[str, object]:
    return {
        "gate": gate.gate,
        "outcome": str(gate.outcome),
        "summary": gate.summary[:500],
        "seconds": round(gate.seconds, 3),
        "found_again": gate.found_at is not None,
    }
