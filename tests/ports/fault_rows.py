"""What has to come of a fault, whichever provider has it?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

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


ENDS = ("a_new_reason", "max_tokens", "pause_turn", "refusal", "stop_sequence", "tool_use")


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
class Table:
    """Hold the rows of one provider, and how it is asked at an address."""

    rows: Sequence[Row]
    at: Callable[[str, Patience], Model]
    request: Request = REQUEST


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


def in_vain(name: str, kind: str, step: Step, *, billed: bool) -> Row:
    """Expect that a fault which comes each time is told after the last attempt."""
    return Row(
        name=name,
        steps=(step,) * 4,
        outcome=kind,
        requests=4,
        slept=(1.0, 4.0, 16.0),
        failed=(kind,) * 4,
        unknown=(billed,) * 4,
    )


def wishes(kind: str, after: Callable[[str], Step], good: Step) -> Iterator[Row]:
    """Expect that a wish to be left alone is kept where it is short, and ends the call else."""
    for wish in ("0", "7", "60"):
        row = passing(f"retry-after {wish}", kind, after(wish), good, billed=False)
        yield replace(row, slept=(float(wish),))
    for wish in ("61", "4294967", "inf"):
        row = final(f"retry-after {wish}", kind, after(wish))
        yield replace(row, outcome="retry_after_too_long", permanent=False)


def answered(name: str, step: Step, stop_reason: str = "end_turn") -> Row:
    """Expect an answer, whatever is odd about it."""
    return Row(name=name, steps=(step,), outcome=stop_reason, requests=1)


def expected(row: Row) -> Came:
    """Return what a row promises."""
    return Came(row.outcome, row.failed, row.unknown, any(row.unknown), row.permanent)


def without_account(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Keep whatever AWS account this machine knows out of a test."""
    for name in ("AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(folder / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA-planted")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-planted")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
