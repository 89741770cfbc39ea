"""What has to come of a fault, whichever provider has it?"""

from dataclasses import dataclass, field

from ports.llm import Model, ModelError, PermanentError, Request
from ports.llm.attempts import Patience
from ports.llm.standin.steps import Step

REQUEST = Request(
    model="claude-sonnet-5-5",
    system="You judge.",
    prompt="What now?",
    max_tokens=500,
    effort="low",
)


@dataclass
class Clock:
    """Count the seconds that were slept instead of sleeping them."""

    slept: list[float] = field(default_factory=list)

    def patience(self, *, silence: float = 30.0, deadline: float = 600.0) -> Patience:
        return Patience(
            sleep=self.slept.append,
            clock=lambda: sum(self.slept),
            spread=lambda: 0.0,
            silence_seconds=silence,
            deadline_seconds=deadline,
        )


@dataclass(frozen=True, kw_only=True)
class Row:
    """Hold one script and what has to come of it: an outcome, requests, waits and costs."""

    name: str
    steps: tuple[Step, ...]
    outcome: str  # the stop reason of an answer, or the kind of the error
    requests: int
    slept: tuple[float, ...] = ()
    failed: tuple[str, ...] = ()  # the attempts in vain
    unknown: tuple[bool, ...] = ()  # whether each of them may have been billed
    permanent: bool = False
    silence: float = 30.0


@dataclass(frozen=True)
class Came:
    """Hold what came."""

    outcome: str
    failed: tuple[str, ...]
    unknown: tuple[bool, ...]
    at_least: bool
    permanent: bool = False


def came_of(model: Model, request: Request = REQUEST) -> Came:
    """Ask once, and sum up the answer or the typed error; any other error is let through."""
    try:
        reply = model.complete(request)
    except ModelError as error:
        kinds = tuple(str(one) for one in error.attempts)
        unknown = tuple(one.usage_unknown for one in error.attempts)
        permanent = isinstance(error, PermanentError)
        return Came(error.kind, kinds, unknown, error.usage_unknown, permanent)
    kinds = tuple(str(one) for one in reply.failed_attempts)
    unknown = tuple(one.usage_unknown for one in reply.failed_attempts)
    return Came(reply.stop_reason, kinds, unknown, reply.usage_unknown)


def passing(name: str, kind: str, step: Step, good: Step, *, billed: bool, **more: float) -> Row:
    """Expect that a fault is asked again once, and is remembered."""
    return Row(
        name=name,
        steps=(step, good),
        outcome="end_turn",
        requests=2,
        slept=(1.0,),
        failed=(kind,),
        unknown=(billed,),
        **more,  # type: ignore[arg-type]
    )


def final(name: str, kind: str, step: Step, *, billed: bool = False) -> Row:
    """Expect that a fault is asked once and never again."""
    return Row(
        name=name,
        steps=(step,),
        outcome=kind,
        requests=1,
        failed=(kind,),
        unknown=(billed,),
        permanent=True,
    )


def expected(row: Row) -> Came:
    """Return what a row promises."""
    return Came(row.outcome, row.failed, row.unknown, any(row.unknown), row.permanent)
