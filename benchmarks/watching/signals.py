"""Answers what several signals together say: failures first, and slow calls and failed tasks.

Who looks at more signals is fooled more often: with k of them, each needs k times the evidence.
Any of them takes a change back; none alone makes it a success.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.evidence import DEFAULTS, Baseline, Minute, Parameters
from benchmarks.statistics import Decision, Poll, Verdict, decide, odds, percent, polls, settle

NEVER_BROKEN = 2.0  # a share that no signal reaches: that half of all calls is slow breaks nothing


@dataclass(frozen=True)
class Signal:
    """Hold what was normal of one signal, and what came since, minute by minute."""

    name: str
    baseline: Baseline
    minutes: Sequence[Minute]


def corrected(parameters: Parameters, signals: int) -> Parameters:
    """Ask so much more of each signal that all of them together err no more often than one."""
    return replace(parameters, evidence=parameters.evidence * signals)


def judge(signal: Signal, elapsed_min: int, parameters: Parameters = DEFAULTS) -> Decision:
    """Answer for one further signal, by the same rule without its fast lane."""
    return decide(signal.baseline, signal.minutes, elapsed_min, _without_fast_lane(parameters))


def together(
    first: Decision, others: Sequence[Signal], elapsed_min: int, parameters: Parameters = DEFAULTS
) -> Decision:
    """Let the earliest verdict stand; a success waits for a signal that leans to a rise."""
    if first.verdict is Verdict.REVERT:
        return first
    for signal in others:
        first = _beside(first, signal, elapsed_min, parameters)
        if first.verdict is Verdict.REVERT:
            return first
    return first


def _beside(first: Decision, signal: Signal, elapsed_min: int, parameters: Parameters) -> Decision:
    """Replay one further signal until it reverts, or lets a success pass."""
    rule, usual = _without_fast_lane(parameters), signal.baseline
    for poll in polls(usual, signal.minutes, elapsed_min, rule):
        settled = settle(poll, usual, rule)
        if settled is not None and settled.verdict is Verdict.REVERT:
            reason = f"More {told(signal, settled)}"
            return replace(first, verdict=Verdict.REVERT, reason=reason, minute=poll.minute)
        free = poll.minute >= first.minute and not _leans(poll, rule)
        if free and first.verdict is Verdict.IMPLEMENTED:
            return replace(first, minute=poll.minute)
    return _held_up(first, signal, elapsed_min, parameters)


def _held_up(
    first: Decision, signal: Signal, elapsed_min: int, parameters: Parameters
) -> Decision:
    """Let what is not a success yet stand, and wait where only this signal is in its way."""
    if first.verdict is not Verdict.IMPLEMENTED:
        return first
    ended = elapsed_min >= parameters.extended_minutes
    said = told(signal, judge(signal, elapsed_min, parameters))
    begins = "Inconclusive, failures" if ended else "Watching: failures"
    return replace(
        first,
        verdict=Verdict.INCONCLUSIVE if ended else Verdict.WAIT,
        reason=f"{begins} did not rise, and perhaps {said}",
        minute=min(elapsed_min, parameters.extended_minutes),
    )


def _without_fast_lane(parameters: Parameters) -> Parameters:
    return replace(parameters, broken_share=NEVER_BROKEN)


def _leans(poll: Poll, parameters: Parameters) -> bool:
    return poll.rise is not None and poll.rise >= parameters.effect and poll.log_evidence > 0


def told(signal: Signal, said: Decision) -> str:
    """Word the counts of a signal."""
    if said.rise is None:
        return f"{signal.name}: no calls yet."
    change = f"{(said.rise - 1) * 100:+.0f}".replace("-", "\N{MINUS SIGN}")
    return (
        f"{signal.name}: {said.failures} in {said.calls} calls, against"
        f" {percent(signal.baseline.rate)} before ({change} %, evidence {odds(said.evidence)})."
    )
