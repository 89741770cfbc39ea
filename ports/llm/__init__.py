"""How is a language model asked one question, and what can come back?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

SIMULATED = "scripted"  # the engine of every answer that no language model gave


@dataclass(frozen=True, kw_only=True)
class Request:
    """Hold one question: the stable role text, the material, and the limits of the answer.

    With a schema the answer is asked for as JSON of that form. Providers do not enforce ranges
    and lengths: whoever reads the answer checks it against the whole schema.
    """

    model: str
    system: str
    prompt: str
    max_tokens: int
    effort: str = ""
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Hold one attempt that gave no answer: what went wrong, and what it may have cost.

    `usage_unknown` says that the provider may have billed it without telling how much; the
    tokens are what it told before it failed.
    """

    kind: str
    usage_unknown: bool = False
    input_tokens: int = 0
    output_tokens: int = 0

    def __str__(self) -> str:
        """Name what went wrong."""
        return self.kind


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Hold one answer as it came, with what it used.

    `input_tokens` counts all input; `cached_tokens` and `written_cache_tokens` are the parts of it
    that were read from the provider's cache and written into it. `failed_attempts` tells what went
    wrong before; with `usage_unknown` the counts of the whole call are "at least".
    """

    text: str
    model: str
    stop_reason: str
    request_id: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    latency_ms: int
    written_cache_tokens: int = 0
    usage_unknown: bool = False
    simulated: bool = False
    failed_attempts: tuple[Attempt, ...] = ()

    @property
    def complete(self) -> bool:
        """Tell whether the model ended by itself; anything else must not be acted on."""
        return self.stop_reason == "end_turn"


class ModelError(Exception):
    """Say that no answer came: `kind` for the record, the message for a person."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        retry_after: float | None = None,
        attempt: Attempt | None = None,
        attempts: Iterable[Attempt] = (),
    ) -> None:
        super().__init__(f"{kind}: {message}" if message else kind)
        self.kind = kind
        self.retry_after = retry_after
        self.attempts = tuple(attempts) or (attempt or Attempt(kind=kind),)

    @property
    def usage_unknown(self) -> bool:
        """Tell whether the provider may have billed something that nobody counted."""
        return any(attempt.usage_unknown for attempt in self.attempts)


class TemporaryError(ModelError):
    """Say that the same question may be answered later."""


class PermanentError(ModelError):
    """Say that the same question will never be answered: somebody has to change something."""


class Model(Protocol):
    """Answer requests; `engine` is the name that records and pages show for who answered."""

    @property
    def engine(self) -> str: ...

    def complete(self, request: Request) -> Reply: ...

    def count(self, request: Request) -> int | None:
        """Return how many tokens a request holds, or None when the provider cannot tell now."""
        ...
