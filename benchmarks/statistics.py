"""Answers whether failures rose after a change, and whether there is enough data to say so.

The rule watches two pairs of numbers: calls and failures before a deployment and after it. Its
score is a beta-binomial Bayes factor, polled once per minute and never afraid of being looked at
too often. Agent failures come in clumps, so a failure weighs less the bumpier ordinary hours are,
and no slice of five minutes can convince by itself. All of it is rebuilt from minute counts at
every poll, so a restart changes nothing.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.boundary import Expected, band, expected_minutes, lines, sentence
from benchmarks.evidence import (
    DEFAULTS,
    Baseline,
    Minute,
    Parameters,
    baseline_of,
    score,
    wilson,
)

__all__ = [
    "DEFAULTS",
    "Baseline",
    "Decision",
    "Expected",
    "Minute",
    "Parameters",
    "Verdict",
    "band",
    "baseline_of",
    "decide",
    "evidence_line",
    "expected_minutes",
    "lines",
    "odds",
    "score",
    "sentence",
    "wilson",
]


MILLION = 1e6


class Verdict(StrEnum):
    """Name the four answers; waiting is one of them."""

    REVERT = "revert"
    IMPLEMENTED = "implemented"
    INCONCLUSIVE = "inconclusive"
    WAIT = "wait"


@dataclass(frozen=True)
class Decision:
    """State one answer with the numbers that led to it."""

    verdict: Verdict
    reason: str
    evidence: float
    rise: float | None
    calls: int
    failures: int
    minute: int


def decide(
    baseline: Baseline,
    after: Sequence[Minute],
    elapsed_min: int,
    parameters: Parameters = DEFAULTS,
) -> Decision:
    """Answer from all minutes since the deployment; the first minute that settled it stands."""
    last = undecided(NOTHING_YET, baseline, parameters)
    for poll in polls(baseline, after, elapsed_min, parameters):
        settled = settle(poll, baseline, parameters)
        if settled is not None:
            return settled
        last = undecided(poll, baseline, parameters)
    return last


@dataclass(frozen=True)
class Poll:
    """Hold what is known at the end of one minute."""

    minute: int
    calls: int
    failures: int
    log_evidence: float
    single: dict[float, float] | None
    rise: float | None
    newest: Minute | None
    quiet: int  # minutes since the last call


NOTHING_YET = Poll(0, 0, 0, 0.0, None, None, None, 0)


def polls(
    baseline: Baseline, after: Sequence[Minute], elapsed: int, parameters: Parameters
) -> Iterator[Poll]:
    """Replay every minute, closing a slice each time one is full."""
    calls = failures = quiet = 0
    kept = raw = 0.0
    for minute in range(1, min(elapsed, parameters.extended_minutes) + 1):
        more, failed = after[minute - 1] if minute <= len(after) else (0, 0)
        calls, failures = calls + more, failures + failed
        quiet = 0 if more else quiet + 1
        new, single = score(baseline, failures, calls, parameters)
        evidence = kept + min(new - raw, math.log(parameters.slice_cap))
        if minute % parameters.slice_minutes == 0:
            kept, raw = evidence, new
        yield Poll(
            minute=minute,
            calls=calls,
            failures=failures,
            log_evidence=evidence,
            single=single,
            rise=failures / calls / baseline.rate if calls else None,
            newest=_newest(after, minute, baseline, parameters),
            quiet=quiet,
        )


def evidence_line(
    baseline: Baseline,
    after: Sequence[Minute],
    elapsed_min: int,
    parameters: Parameters = DEFAULTS,
) -> tuple[tuple[int, int, int, float], ...]:
    """List (minute, calls, failures, evidence) of every minute, for the strip under the plot."""
    return tuple(
        (poll.minute, poll.calls, poll.failures, to_ratio(poll.log_evidence))
        for poll in polls(baseline, after, elapsed_min, parameters)
    )


def _newest(
    after: Sequence[Minute], minute: int, baseline: Baseline, parameters: Parameters
) -> Minute | None:
    """Add up minutes from the newest back until enough calls are together for the fast lane."""
    if minute > parameters.window_minutes:
        return None
    calls = failures = 0
    for c, f in reversed(after[:minute]):
        calls, failures = calls + c, failures + f
        if calls >= parameters.broken_calls * baseline.clumping:
            return calls, failures
    return None


def settle(poll: Poll, baseline: Baseline, parameters: Parameters) -> Decision | None:
    """Return the verdict of this minute if it has one."""
    if poll.rise is None or baseline.calls == 0:
        return _ended(poll, baseline, parameters)
    if plainly_broken(poll, baseline, parameters) and poll.newest is not None:
        calls, failures = poll.newest
        return decision(
            poll,
            Verdict.REVERT,
            f"Plainly broken: {failures} of the newest {calls} calls failed, "
            f"against {percent(baseline.rate)} before.",
        )
    proven = poll.log_evidence >= math.log(parameters.evidence)
    large = poll.rise >= parameters.effect
    if proven and large and poll.failures >= parameters.least_failures:
        return decision(poll, Verdict.REVERT, f"Failures rose: {numbers(poll, baseline)}.")
    due = poll.minute >= parameters.window_minutes and not fell_silent(poll, baseline, parameters)
    if not large and due and _refuted(poll, parameters):
        return decision(
            poll, Verdict.IMPLEMENTED, f"A rise is ruled out: {numbers(poll, baseline)}."
        )
    return _ended(poll, baseline, parameters)


def plainly_broken(poll: Poll, baseline: Baseline, parameters: Parameters = DEFAULTS) -> bool:
    """Tell whether nearly everything fails: no statistics is needed to see that."""
    if poll.newest is None:
        return False
    calls, failures = poll.newest
    return baseline.rate < parameters.broken_below and failures >= parameters.broken_share * calls


def _refuted(poll: Poll, parameters: Parameters) -> bool:
    if poll.single is None:
        return False
    enough = -math.log(parameters.refutation)
    late = poll.minute >= parameters.doubling_after_minutes
    return poll.single[1.5] <= enough or (late and poll.single[2.0] <= enough)


def _ended(poll: Poll, baseline: Baseline, parameters: Parameters) -> Decision | None:
    if poll.minute < parameters.extended_minutes:
        return None
    missing = too_little(poll, baseline)
    if fell_silent(poll, baseline, parameters):
        missing = f"no call came for the last {poll.quiet} minutes; {missing}"
    return decision(poll, Verdict.INCONCLUSIVE, f"Inconclusive, {missing}.")


def fell_silent(poll: Poll, baseline: Baseline, parameters: Parameters = DEFAULTS) -> bool:
    """Tell whether calls stopped coming: what does not run any more does not fail either."""
    usual = baseline.calls / max(baseline.minutes, 1)
    return poll.calls > 0 and usual * poll.quiet >= parameters.silence_calls


def undecided(poll: Poll, baseline: Baseline, parameters: Parameters) -> Decision:
    """Say what is missing for a verdict."""
    if fell_silent(poll, baseline, parameters):
        reason = (
            f"Silent: no call for {poll.quiet} minutes, after {_counted(poll)}."
            " Silence is no success: see whether the agents run and their telemetry arrives."
        )
        return decision(poll, Verdict.WAIT, reason)
    if poll.minute >= parameters.window_minutes:
        missing = too_little(poll, baseline)
        reason = f"Still watching, the window was extended: {missing}."
    elif _clear_so_far(poll, baseline, parameters):
        reason = (
            f"Watching until minute {parameters.window_minutes}, no rise so far:"
            f" {numbers(poll, baseline)}."
        )
    else:
        reason = f"Watching: {too_little(poll, baseline)}."
    return decision(poll, Verdict.WAIT, reason)


def _clear_so_far(poll: Poll, baseline: Baseline, parameters: Parameters) -> bool:
    """Tell whether only the rest of the window is missing for the all-clear."""
    known = poll.rise is not None and baseline.calls > 0
    return known and (poll.rise or 0) < parameters.effect and _refuted(poll, parameters)


def too_little(poll: Poll, baseline: Baseline) -> str:
    """Word what is missing for a verdict."""
    if baseline.calls == 0:
        return "too little data: no calls before the deployment to compare with"
    if poll.calls == 0:
        return "too little data: no calls since the deployment"
    low, high = wilson(poll.failures, poll.calls)
    return (
        f"too little data: {_counted(poll)}, the rate is between "
        f"{low / baseline.rate:.2f} and {high / baseline.rate:.2f} times the old one (95 %)"
    )


def decision(poll: Poll, verdict: Verdict, reason: str) -> Decision:
    """State an answer with the numbers of one minute."""
    return Decision(
        verdict=verdict,
        reason=reason,
        evidence=to_ratio(poll.log_evidence),
        rise=poll.rise,
        calls=poll.calls,
        failures=poll.failures,
        minute=poll.minute,
    )


def to_ratio(log_evidence: float) -> float:
    """Turn a log into odds that a page can print."""
    return math.exp(max(-20.0, min(log_evidence, 20.0)))


def numbers(poll: Poll, baseline: Baseline) -> str:
    """Word the counts, both rates, the change and the evidence."""
    rise = 0.0 if poll.rise is None else (poll.rise - 1) * 100
    rate = poll.failures / poll.calls if poll.calls else 0.0
    change = f"{rise:+.0f}".replace("-", "\N{MINUS SIGN}")
    return (
        f"{_counted(poll)}, {percent(rate)} against {percent(baseline.rate)} before "
        f"({change} %, evidence {odds(to_ratio(poll.log_evidence))})"
    )


def _counted(poll: Poll) -> str:
    failures = "failure" if poll.failures == 1 else "failures"
    calls = "call" if poll.calls == 1 else "calls"
    return f"{poll.failures} {failures} in {poll.calls} {calls}"


def percent(rate: float) -> str:
    """Write a rate as people read it."""
    return f"{rate * 100:.2g} %" if rate < 0.1 else f"{rate * 100:.0f} %"


def odds(evidence: float) -> str:
    """Write evidence as odds, on the side that it speaks for; beyond a million it says so."""
    if max(evidence, 1 / evidence) >= MILLION:
        return "beyond 1000000:1" if evidence >= 1 else "beyond 1:1000000"
    return f"{evidence:.0f}:1" if evidence >= 1 else f"1:{1 / evidence:.0f}"
