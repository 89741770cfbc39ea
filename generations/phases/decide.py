"""Is the change worth a person's time, by the gates, the review and the benchmarks?"""

from django.conf import settings

from benchmarks.verdicts import Verdict
from generations import decision, requested
from generations.decision import Decision, Known, Measured, Passing
from generations.models import Delta, Reason
from generations.options import Generations
from generations.phases import cited, safety
from generations.phases.shape import Answer, Passed, Rejected, Turn
from validation import parameters
from validation.gates import witness
from validation.models import Outcome, Report

MUST_PASS = "test_pass_rate"  # noqa: S105 - the name of a benchmark
# Of a failure of the agents, and of what a person asks for, no benchmark need know.
ASKED_FOR = (cited.KIND, "brief")


def run(turn: Turn) -> Answer:
    """Weigh everything that is known; the first thing that speaks against it is the reason."""
    turn.told("decides")
    known = known_of(turn)
    decided = decision.decide(known)
    details = _details(known, decided)
    if decided.against is not None:
        return Rejected(Reason(decided.against), decided.words, details=details)
    return Passed(decided.words, details=details)


def known_of(turn: Turn) -> Known:
    """Collect what the phases before have found."""
    generation = turn.generation
    limits: Generations = settings.SELFIMPROVE.generations
    change, review = turn.change(), turn.review()
    rules = parameters.load().of(generation.target.slug)
    gates, said = _gates(generation.report, turn)
    return Known(
        size=safety.size_of(turn, change, rules),
        gates=gates,
        gates_said=said,
        is_same=change.tree == turn.repository.ref(f"{turn.base}^{{tree}}"),
        approved=review.approved,
        score=review.score,
        consensus=limits.consensus,
        benchmarks=tuple(_measured(one, turn) for one in generation.deltas.all()),
        gain=generation.gain or 0.0,
        threshold=limits.threshold,
        is_witnessed=_is_witnessed(generation.report),
        requested=requested.of(generation) is not None,
        asked_for=generation.focus.partition(":")[0] in ASKED_FOR,
    )


def _gates(report: Report | None, turn: Turn) -> tuple[Passing, str]:
    if report is None or report.diff_digest != turn.generation.diff_digest:
        return Passing.UNKNOWN, "No gate has looked at exactly this change."
    if lapsed := report.lapsed(turn.clock()):
        return Passing.UNKNOWN, lapsed
    passing = {
        Outcome.PASSED: Passing.PASSED,
        Outcome.ACKNOWLEDGE: Passing.ASKS,
        Outcome.REFUSED: Passing.REFUSED,
    }.get(Outcome(report.outcome), Passing.UNKNOWN)
    return passing, ""


def _is_witnessed(report: Report | None) -> bool:
    """Tell whether a case went from red to green."""
    return bool(
        report and report.results.filter(gate=witness.NAME, outcome=Outcome.PASSED).exists()
    )


def _measured(one: Delta, turn: Turn) -> Measured:
    return Measured(
        name=one.benchmark,
        verdict=Verdict(one.verdict),
        words=one.words,
        keep=one.keep,
        proven=one.proven,
        has_score=one.before is not None and one.after is not None,
        must_pass=one.benchmark == MUST_PASS and bool(turn.manifest.tests.command),
        losses=tuple(one.losses),
    )


def _details(known: Known, decided: Decision) -> dict[str, object]:
    return {
        "accepted": decided.accepted,
        "label": decided.label,
        "better": list(decided.better),
        "proven": list(decided.proven),
        "undecided": list(decided.undecided),
        "gates": str(known.gates),
        "witnessed": known.is_witnessed,
        "asked_for": known.asked_for,
        "review_score": known.score,
        "consensus": known.consensus,
        "gain": known.gain,
        "threshold": known.threshold,
    }
