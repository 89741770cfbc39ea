"""What does an exception of the Anthropic SDK, or from beneath it, mean for the question?"""

from typing import TYPE_CHECKING

from ports.llm import Attempt, ModelError, PermanentError, TemporaryError
from ports.llm.faults import (
    PERHAPS_BILLED_STATUS,
    RETRIED_KINDS,
    RETRIED_STATUS,
    SPENDING_LIMITS,
    seconds,
    told,
)

if TYPE_CHECKING:
    from anthropic import APIConnectionError, APIStatusError


def known() -> tuple[type[Exception], ...]:
    """Name every way in which a call is known to fail.

    The SDK lets errors of its transport and its parser through, so its own base class is not
    enough. What is not listed here is a defect of ours and stays visible as such.
    """
    import anthropic
    import httpx2

    return (
        ModelError,
        anthropic.AnthropicError,
        httpx2.TransportError,
        httpx2.StreamError,
        httpx2.InvalidURL,
        AssertionError,
        ValueError,  # a broken line of JSON is one
    )


def judged(error: Exception, *, key: str) -> ModelError:
    """Turn a known failure into one of our two errors."""
    import anthropic
    import httpx2

    if isinstance(error, ModelError):
        return error
    if isinstance(error.__cause__, ModelError):  # raised by us while the SDK was reading
        return error.__cause__
    if isinstance(error, anthropic.APIStatusError):
        return _from_status(error, key)
    if isinstance(error, anthropic.APIConnectionError):
        return _from_connection(error)
    if isinstance(error, httpx2.TransportError | httpx2.StreamError):
        return _temporary("stream_broken", type(error).__name__)
    if isinstance(error, anthropic.AnthropicError | httpx2.InvalidURL):
        return PermanentError("refused_by_sdk", type(error).__name__)
    return _temporary("bad_body", "the answer was not one of the Messages API")


def _from_status(error: "APIStatusError", key: str) -> ModelError:
    """Judge an answer that is an error; a stream's error event comes with status 200."""
    status = error.status_code
    if status == 200 and not error.type:
        return _temporary("bad_body", "the answer held an error that cannot be read")
    kind = str(error.type or f"http_{status}")
    if error.error_code in SPENDING_LIMITS:
        kind = str(error.error_code)
        return PermanentError(kind, told(kind, status, error.api_message, secret=key))
    text = told(kind, status, error.api_message, secret=key)
    billed = Attempt(kind=kind, usage_unknown=status in PERHAPS_BILLED_STATUS)
    if status in RETRIED_STATUS or kind in RETRIED_KINDS:
        wish = seconds(error.response.headers.get("retry-after"))
        return TemporaryError(kind, text, retry_after=wish, attempt=billed)
    return PermanentError(kind, text, attempt=billed)


def _from_connection(error: "APIConnectionError") -> ModelError:
    """Tell a provider that was never reached from one that fell silent with the question."""
    import httpx2

    unreached = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
    if isinstance(error.__cause__, (*unreached, httpx2.UnsupportedProtocol)):
        return TemporaryError("connection", "the provider could not be reached")
    if isinstance(error.__cause__, httpx2.TimeoutException):
        return _temporary("timeout", "the provider did not begin to answer")
    return _temporary("connection", "the connection ended before the answer began")


def _temporary(kind: str, text: str) -> TemporaryError:
    return TemporaryError(kind, text, attempt=Attempt(kind=kind, usage_unknown=True))
