"""How is a model of Anthropic asked over the Messages API?"""

# The SDK takes seconds to import: it is loaded inside the functions that need it, so that no
# page, command or test pays for it that asks no model.

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from socket import SHUT_RDWR, socket
from typing import TYPE_CHECKING, Any, cast

from ports.addresses import is_loopback
from ports.llm import Attempt, ModelError, PermanentError, Reply, Request, TemporaryError
from ports.llm.anthropic_errors import judged, known
from ports.llm.attempts import Patience, persevere
from ports.llm.bodies import body, question
from ports.llm.faults import LARGEST_BODY, LARGEST_TEXT
from ports.stopping import cut_by

if TYPE_CHECKING:
    from anthropic import Anthropic, MessageStream
    from anthropic.types import Message, Usage
    from httpx2 import Request as HttpRequest
    from httpx2 import Response, SyncByteStream

ADDRESS = "https://api.anthropic.com"
STAND_IN = "stand-in-"  # how the names of models begin that are none
CONNECT_SECONDS = 5.0
COUNT_SECONDS = 15.0
CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class AnthropicModel:
    """Ask Anthropic's Messages API, streaming, with our own retries and a wall-clock deadline."""

    engine = "anthropic"

    def __init__(
        self, *, key: str, address: str = ADDRESS, patience: Patience | None = None
    ) -> None:
        if not key:
            raise PermanentError("no_key", "the Anthropic model needs an API key, and none is set")
        self._key = key
        self._address = address
        self._patience = patience or Patience()

    def complete(self, request: Request) -> Reply:
        """Return the model's answer, asking again after temporary failures."""
        arguments = body(request)
        return persevere(lambda end: self._once(arguments, end), self._patience)

    def count(self, request: Request) -> int | None:
        """Return the tokens that the provider counts; None when it does not answer now."""
        end = self._patience.clock() + COUNT_SECONDS
        try:
            with self._client(end) as client:
                counted = client.messages.count_tokens(model=request.model, **question(request))
                found = counted.input_tokens
        except known() as error:
            trouble = judged(error, key=self._key)
            if isinstance(trouble, PermanentError):
                raise trouble from error
            return None
        except AttributeError:  # an answer that is no JSON comes as a plain text
            return None
        return found if isinstance(found, int) and found >= 0 else None

    def _client(self, end: float) -> "Anthropic":
        import anthropic

        left = max(0.001, end - self._patience.clock())
        return anthropic.Anthropic(
            api_key=self._key,
            base_url=self._address,
            max_retries=0,
            timeout=anthropic.Timeout(
                min(left, self._patience.silence_seconds), connect=CONNECT_SECONDS
            ),
            http_client=anthropic.DefaultHttpxClient(
                event_hooks={
                    "request": [_cut_short],
                    "response": [lambda response: self._bound(response, end)],
                },
                mounts=_no_proxies() if is_loopback(self._address) else {},
                follow_redirects=False,  # the key goes to the address that was set
            ),
        )

    def _bound(self, response: "Response", end: float) -> None:
        response.stream = _bounded(response, lambda size: self._allow(size, end))

    def _allow(self, size: int, end: float) -> None:
        """Stop an answer that is too long, or that drips without an end.

        The SDK's timeout is per read: a trickle would never end without this.
        """
        if size > LARGEST_BODY:
            raise _too_large(f"more than {LARGEST_BODY:,} bytes")
        if self._patience.clock() > end:
            raise TemporaryError("deadline", "the answer was still coming in")

    def _once(self, arguments: dict[str, Any], end: float) -> Reply:
        seen = _Seen()
        started = self._patience.clock()
        try:
            with (
                self._client(end) as client,
                client.messages.stream(**arguments) as stream,
            ):
                seen.began = True
                message = _read(stream, seen)
                request_id = stream.request_id or ""
            reply = _reply(message, request_id, round((self._patience.clock() - started) * 1000))
        except known() as error:
            trouble = judged(error, key=self._key)
            trouble.attempts = (seen.attempt(trouble),)
            raise trouble from error
        return reply


def _cut_short(request: "HttpRequest") -> None:
    """Let whoever calls it off end the connection, so that the provider does not write on."""

    def traced(event: str, told: dict[str, Any]) -> None:
        if event in CONNECTED:
            ends = told["return_value"].get_extra_info("socket")
            cut_by(lambda: _shut(ends))

    request.extensions["trace"] = traced


def _shut(ends: socket) -> None:
    with suppress(OSError):  # it is closed already
        ends.shutdown(SHUT_RDWR)


def _no_proxies() -> dict[str, None]:
    """Outweigh the proxies that the environment names: none is a way to this machine."""
    return dict.fromkeys(("all://", "http://", "https://"))


@dataclass
class _Seen:
    """Remember what a stream told before it failed."""

    began: bool = False
    input_tokens: int = 0
    output_tokens: int = 0

    def note(self, usage: "Usage | None") -> None:
        """Keep the last counts."""
        if usage:
            self.input_tokens = _all_input(usage)
            self.output_tokens = usage.output_tokens or 0

    def attempt(self, trouble: ModelError) -> Attempt:
        """Return the failed attempt with what it used; once a stream began, it is billed."""
        told = trouble.attempts[0]
        return replace(
            told,
            usage_unknown=told.usage_unknown or self.began,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
        )


def _read(stream: "MessageStream[Any]", seen: _Seen) -> "Message":
    """Read the stream to its end, noting what it has used so far."""
    size = 0
    for event in stream:
        if event.type == "message_start":
            seen.note(event.message.usage)
        elif event.type == "message_delta":
            seen.note(stream.current_message_snapshot.usage)
        elif event.type == "text":
            size += len(event.text or "")
        if size > LARGEST_TEXT:
            raise _too_large(f"more than {LARGEST_TEXT:,} characters")
    return stream.get_final_message()


def _reply(message: "Message", request_id: str, latency_ms: int) -> Reply:
    """Read the message without trusting that the server filled it in."""
    if not message.stop_reason or not message.usage or message.content is None:
        raise TemporaryError("incomplete_stream", "the answer ended without a stop reason")
    usage = message.usage
    # A new kind of block keeps the class of an old one: only its type tells.
    texts = [block.text for block in message.content if block.type == "text"]
    return Reply(
        text="".join(text for text in texts if isinstance(text, str)),
        model=message.model or "",
        stop_reason=message.stop_reason,
        request_id=request_id,
        input_tokens=_all_input(usage),
        output_tokens=usage.output_tokens or 0,
        cached_tokens=usage.cache_read_input_tokens or 0,
        written_cache_tokens=usage.cache_creation_input_tokens or 0,
        latency_ms=latency_ms,
        usage_unknown=usage.input_tokens is None or usage.output_tokens is None,
        simulated=(message.model or "").startswith(STAND_IN),
    )


def _all_input(usage: "Usage") -> int:
    return (
        (usage.input_tokens or 0)
        + (usage.cache_read_input_tokens or 0)
        + (usage.cache_creation_input_tokens or 0)
    )


def _too_large(text: str) -> PermanentError:
    return PermanentError("answer_too_large", f"the answer has {text}")


def _bounded(response: "Response", allow: Callable[[int], None]) -> "SyncByteStream":
    """Return the same bytes, asking before each part whether so many may come."""
    import httpx2

    source = cast("SyncByteStream", response.stream)

    class Bounded(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for part in source:
                size += len(part)
                allow(size)
                yield part

        def close(self) -> None:
            source.close()

    return Bounded()
