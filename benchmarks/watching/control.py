"""Answers whether a change did harm where the part that it left alone is there to compare with.

Before and after cannot tell a bad change from a bad day. Where the untouched part has comparable
traffic it shares the day: then only a rise beside it takes a change back. What is plainly broken
goes back either way, and a rise that both parts show never counts as a success.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.evidence import DEFAULTS, Baseline, Minute, Parameters
from benchmarks.statistics import (
    NOTHING_YET,
    Decision,
    Poll,
    Verdict,
    decision,
    odds,
    plainly_broken,
    polls,
    settle,
    to_ratio,
    undecided,
)
from benchmarks.watching.shares import Control, Seen, watched


def decide(
    baseline: Baseline,
    after: Sequence[Minute],
    control: Control,
    elapsed_min: int,
    parameters: Parameters = DEFAULTS,
) -> Decision:
    """Answer from all minutes since the deployment, beside the part that was left alone."""
    last = undecided(NOTHING_YET, baseline, parameters)
    both = zip(
        polls(baseline, after, elapsed_min, parameters),
        watched(control, elapsed_min, parameters),
        strict=True,
    )
    for poll, seen in both:
        settled = _settled(poll, seen, baseline, parameters)
        if settled.verdict is not Verdict.WAIT:
            return settled
        last = settled
    return last


def last_seen(
    control: Control, elapsed_min: int, parameters: Parameters = DEFAULTS
) -> Seen | None:
    """Return what both parts have shown by now; nothing before the first minute."""
    newest = deque(watched(control, elapsed_min, parameters), maxlen=1)
    return newest[0] if newest else None


def _settled(poll: Poll, seen: Seen, baseline: Baseline, parameters: Parameters) -> Decision:
    alone = settle(poll, baseline, parameters) or undecided(poll, baseline, parameters)
    if alone.verdict is Verdict.REVERT and plainly_broken(poll, baseline, parameters):
        return alone
    if reverts(seen, parameters):
        return decision(poll, Verdict.REVERT, f"Failures rose beside what it left: {words(seen)}.")
    if alone.verdict is Verdict.REVERT:
        return _in_doubt(poll, seen, parameters)
    if alone.verdict is Verdict.IMPLEMENTED and (seen.rise or 0) >= parameters.effect:
        waits = f"Watching: no rise over before, and one beside what it left: {words(seen)}."
        return _unless_over(poll, waits, parameters)
    return replace(alone, reason=f"{alone.reason} Beside what it left: {words(seen)}.")


def reverts(seen: Seen, parameters: Parameters = DEFAULTS) -> bool:
    """Tell whether the touched part fails more, beyond doubt and by enough, than the other."""
    return (
        seen.log_evidence >= math.log(parameters.evidence)
        and seen.rise is not None
        and seen.rise >= parameters.effect
        and seen.touched[1] >= parameters.least_failures
    )


def _in_doubt(poll: Poll, seen: Seen, parameters: Parameters) -> Decision:
    """Wait where failures rose, and the untouched part does not say that it was the change."""
    shared = "in both parts" if (seen.rise or 0) < parameters.effect else "and it is not clear why"
    return _unless_over(poll, f"Watching: failures rose, {shared}: {words(seen)}.", parameters)


def _unless_over(poll: Poll, reason: str, parameters: Parameters) -> Decision:
    if poll.minute < parameters.extended_minutes:
        return decision(poll, Verdict.WAIT, reason)
    ended = reason.replace("Watching:", "Inconclusive,", 1)
    return decision(poll, Verdict.INCONCLUSIVE, ended)


def words(seen: Seen) -> str:
    """Say both parts' counts, the share that was to be expected, and what that is evidence of."""
    (calls, failures), (other_calls, other_failures) = seen.touched, seen.untouched
    if seen.rise is None:
        return "one of the parts had no calls yet"
    together = failures + other_failures
    change = f"{(seen.rise - 1) * 100:+.0f}".replace("-", "\N{MINUS SIGN}")
    return (
        f"{failures} of {calls} touched calls failed and {other_failures} of {other_calls} others;"
        f" {seen.expected * together:.0f} of these {together} failures were to be expected there"
        f" ({change} %, evidence {odds(to_ratio(seen.log_evidence))})"
    )


def share_lines(
    control: Control, seen: Seen, total: int, parameters: Parameters = DEFAULTS
) -> tuple[float, float, float, int | None]:
    """Return, for so many failures of both parts, the usual band, the rise and the revert line.

    The line asks what one slice would, without the cap: it is a guide, not the rule.
    """
    p, d = seen.expected, control.clumping
    spread = 1.96 * math.sqrt(total * d * p * (1 - p))
    raised = parameters.effect * p / (parameters.effect * p + 1 - p)
    found = (x for x in range(total + 1) if _line(p, d, x, total, parameters))
    line = next(found, None)
    return max(0.0, p * total - spread), min(float(total), p * total + spread), raised, line


def _line(p: float, clumping: float, x: int, total: int, parameters: Parameters) -> bool:
    if not 0 < p < 1 or x < parameters.least_failures:
        return False
    logs = []
    for ratio in parameters.ratios:
        q = ratio * p / (ratio * p + 1 - p)
        told = x * math.log(q / p) + (total - x) * math.log((1 - q) / (1 - p))
        logs.append(told / clumping)
    top = max(logs)
    mixture = top + math.log(sum(math.exp(v - top) for v in logs) / len(logs))
    large = x / total >= parameters.effect * p / (parameters.effect * p + 1 - p)
    return large and mixture >= math.log(parameters.evidence)
