"""How is a model of Anthropic asked over the Messages API?"""

# The SDK takes seconds to import: it is loaded inside the functions that need it, so that no
# page, command or test pays for it that asks no model.

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ports.llm import ModelError, PermanentError, Reply, Request, TemporaryError
from ports.llm.attempts import Patience, persevere

if TYPE_CHECKING:
    from anthropic import Anthropic, APIStatusError
    from anthropic.types import Message

RETRIED_STATUS = {408, 409, 429, 500, 502, 503, 504, 529}
RETRIED_TYPES = {"overloaded_error", "api_error", "timeout_error", "rate_limit_error"}
SPENDING_LIMITS = {
    "enforced_spend_limit_reached",
    "contract_spend_limit_reached",
    "linked_organization_spend_limit_reached",
}


class AnthropicModel:
    """Ask Anthropic's Messages API, streaming, with our own retries and a wall-clock deadline."""

    engine = "anthropic"

    def __init__(
        self, *, key: str, address: str | None = None, patience: Patience | None = None
    ) -> None:
        if not key:
            raise PermanentError("no_key", "the Anthropic model needs an API key, and none is set")
        self._key = key
        self._address = address
        self._patience = patience or Patience()

    def complete(self, request: Request) -> Reply:
        """Return the model's answer, asking again after temporary failures."""
        client = self._client()
        return persevere(lambda end: self._once(client, request, end), self._patience)

    def _client(self) -> "Anthropic":
        import anthropic

        return anthropic.Anthropic(
            api_key=self._key,
            base_url=self._address,
            max_retries=0,
            timeout=anthropic.Timeout(120.0, connect=5.0),
        )

    def _once(self, client: "Anthropic", request: Request, end: float) -> Reply:
        started = self._patience.clock()
        with _classified(), client.messages.stream(**_arguments(request)) as stream:
            for _ in stream:
                # The SDK's timeout is per read: a trickle would never end without this.
                if self._patience.clock() > end:
                    raise TemporaryError("deadline", "the answer was still coming in")
            message = stream.get_final_message()
            request_id = stream.request_id or ""
        return _reply(message, request_id, round((self._patience.clock() - started) * 1000))


def _arguments(request: Request) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        # The role text is the same for every call of a role: cached, it costs a tenth.
        "system": [
            {"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}
        ],
        "messages": [{"role": "user", "content": request.prompt}],
    }
    if request.effort:
        arguments["output_config"] = {"effort": request.effort}
    return arguments


def _reply(message: "Message", request_id: str, latency_ms: int) -> Reply:
    """Read the message without trusting that the server filled it in."""
    if not message.stop_reason or not message.usage or message.content is None:
        raise TemporaryError("incomplete_stream", "the answer ended without a stop reason")
    cached = message.usage.cache_read_input_tokens or 0
    written = message.usage.cache_creation_input_tokens or 0
    return Reply(
        text="".join(block.text for block in message.content if block.type == "text"),
        model=message.model,
        stop_reason=message.stop_reason,
        request_id=request_id,
        input_tokens=message.usage.input_tokens + cached + written,
        output_tokens=message.usage.output_tokens,
        cached_tokens=cached,
        latency_ms=latency_ms,
    )


@contextmanager
def _classified() -> Iterator[None]:
    """Turn every way in which a call is known to fail into one of our two errors.

    The SDK lets errors of its transport and its parser through, so its own base class is not
    enough. What is not listed here is a defect of ours and stays visible as such.
    """
    import anthropic
    import httpx2

    try:
        yield
    except anthropic.APIStatusError as error:
        raise _from_status(error) from error
    except anthropic.APIConnectionError as error:
        raise TemporaryError("connection", "the provider could not be reached") from error
    except httpx2.TransportError as error:
        raise TemporaryError("stream_broken", type(error).__name__) from error
    except anthropic.AnthropicError as error:
        raise PermanentError("refused_by_sdk", type(error).__name__) from error
    except (AssertionError, ValueError) as error:
        raise TemporaryError("bad_body", "the answer was not a Messages API stream") from error


def _from_status(error: "APIStatusError") -> ModelError:
    """Judge an answer that is an error; a stream's error event comes with status 200."""
    kind = error.type or f"http_{error.status_code}"
    text = f"the provider answered {error.status_code}"
    if error.error_code in SPENDING_LIMITS:
        return PermanentError(error.error_code, text)
    if error.status_code in RETRIED_STATUS or kind in RETRIED_TYPES:
        return TemporaryError(kind, text, retry_after=_seconds(error.response.headers))
    return PermanentError(kind, text)


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Read a retry-after given in seconds; a date or nonsense counts as not given."""
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None
