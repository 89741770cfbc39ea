"""How often, and after which waits, is a question to a model asked again?"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import SystemRandom

from ports.llm import Attempt, PermanentError, Reply, TemporaryError
from ports.stopping import LOOK_SECONDS, CalledOff, awaited, heed, is_stoppable

WAITS = (1.0, 4.0, 16.0)
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Patience:
    """Hold the clock, the sleep and the spread of the waits, so that tests need not wait."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    spread: Callable[[], float] = field(default=SystemRandom().random)
    deadline_seconds: float = 600.0
    silence_seconds: float = (
        120.0  # how long a provider may say nothing in the middle of an answer
    )

    def wait_before(self, attempt: int, asked_for: float | None) -> float:
        """Choose the pause after the given failed attempt, the server's own wish first."""
        if asked_for is not None:
            return asked_for
        return WAITS[attempt] * (1.0 - 0.25 * self.spread())


def persevere(ask: Callable[[float], Reply], patience: Patience) -> Reply:
    """Ask up to four times; `ask` gets the moment by which it must be done."""
    end = patience.clock() + patience.deadline_seconds
    failures: list[Attempt] = []
    while True:
        try:
            return _with_history(awaited(lambda: ask(end)), failures)
        except CalledOff as error:
            text = "it was called off before the answer had come"
            mine = Attempt(kind="called_off", usage_unknown=True)
            raise PermanentError("called_off", text, attempts=[*failures, mine]) from error
        except PermanentError as error:
            error.attempts = (*failures, *error.attempts)
            raise
        except TemporaryError as error:
            failures.extend(error.attempts)
            _rest(_pause(error, failures, patience, end), patience, failures)


def _rest(seconds: float, patience: Patience, failures: list[Attempt]) -> None:
    """Wait before the next attempt, which somebody may call off meanwhile."""
    if not is_stoppable():
        patience.sleep(seconds)
        return
    ends = patience.clock() + seconds
    while (left := ends - patience.clock()) > 0:
        try:
            heed()
        except CalledOff as error:
            text = "it was called off before it was asked again"
            raise PermanentError("called_off", text, attempts=failures) from error
        patience.sleep(min(LOOK_SECONDS, left))


def _with_history(reply: Reply, failures: list[Attempt]) -> Reply:
    unknown = reply.usage_unknown or any(attempt.usage_unknown for attempt in failures)
    return replace(reply, failed_attempts=tuple(failures), usage_unknown=unknown)


def _pause(
    error: TemporaryError, failures: list[Attempt], patience: Patience, end: float
) -> float:
    """Return how long to wait, or give up with the reason."""
    if len(failures) > len(WAITS):
        error.attempts = tuple(failures)
        raise error
    wait = patience.wait_before(len(failures) - 1, error.retry_after)
    if wait > LONGEST_WAIT:
        text = f"the provider asks to wait {wait:.0f} s, more than {LONGEST_WAIT:.0f} s"
        raise TemporaryError("retry_after_too_long", text, attempts=failures) from error
    if patience.clock() + wait >= end:
        text = f"no answer within {patience.deadline_seconds:.0f} s (last: {error})"
        raise TemporaryError("deadline", text, attempts=failures) from error
    return wait
