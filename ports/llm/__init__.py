"""How is a language model asked one question, and what can come back?"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Request:
    """Hold one question: the stable role text, the material, and the limits of the answer."""

    model: str
    system: str
    prompt: str
    max_tokens: int
    effort: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Hold one answer as it came, with what it used.

    `failed_attempts` names what went wrong before this attempt succeeded: a failed stream still
    bills its input, so with any in it the token counts are "at least".
    """

    text: str
    model: str
    stop_reason: str
    request_id: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    latency_ms: int
    failed_attempts: tuple[str, ...] = ()

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
        attempts: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{kind}: {message}" if message else kind)
        self.kind = kind
        self.retry_after = retry_after
        self.attempts = attempts or (kind,)


class TemporaryError(ModelError):
    """Say that the same question may be answered later."""


class PermanentError(ModelError):
    """Say that the same question will never be answered: somebody has to change something."""


class Model(Protocol):
    """Answer requests; `engine` is the name that records and pages show for who answered."""

    @property
    def engine(self) -> str: ...

    def complete(self, request: Request) -> Reply: ...
