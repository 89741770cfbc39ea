"""What does an exception of boto3, or from beneath it, mean for the question?"""

from collections.abc import Mapping
from typing import Any, Literal, overload

from ports import aws
from ports.llm import Attempt, ModelError, PermanentError, TemporaryError
from ports.llm.faults import PERHAPS_BILLED_STATUS, RETRIED_STATUS, seconds, told

RETRIED_CODES = {
    "ThrottlingException",
    "ModelTimeoutException",
    "InternalServerException",
    "ServiceUnavailableException",
    "ModelNotReadyException",
    "ModelErrorException",
    "ModelStreamErrorException",
}
NEVER_RETRIED_CODES = {
    "AccessDeniedException",
    "ValidationException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ExpiredTokenException",
}
# The model had the question when it failed.
PERHAPS_BILLED_CODES = {
    "ModelTimeoutException",
    "ModelErrorException",
    "ModelStreamErrorException",
}


def known() -> tuple[type[Exception], ...]:
    """Name every way in which a call is known to fail; the rest are defects of ours."""
    try:
        from botocore.eventstream import ParserError
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
        from urllib3.exceptions import HTTPError
    except ImportError:  # it was told already what to install
        return (ModelError,)
    theirs = (BotoCoreError, ClientError, ResponseParserError, ParserError, HTTPError)
    return (ModelError, *theirs, ValueError)


def judged(error: Exception) -> ModelError:
    """Turn a known failure into one of our two errors."""
    if isinstance(error, ModelError):
        return error
    from botocore import exceptions as theirs

    if isinstance(error, theirs.ClientError):
        return _from_code(error.response, in_stream=isinstance(error, theirs.EventStreamError))
    if isinstance(error, aws.not_configured()):
        words = " ".join(str(error).split())[:200]
        return PermanentError("not_configured", f"AWS cannot be asked from here: {words}")
    if isinstance(error, aws.unreached()):
        return TemporaryError("connection", "Bedrock could not be reached")
    for classes, kind, text in _broken(theirs):
        if isinstance(error, classes):
            return unusable(kind, text)
    return PermanentError("refused_by_sdk", type(error).__name__)


def _broken(theirs: Any) -> list[tuple[tuple[type[Exception], ...], str, str]]:
    """List what happens to an answer on its way, the special before the general."""
    from botocore.eventstream import ParserError
    from botocore.parsers import ResponseParserError
    from urllib3 import exceptions as beneath

    broken = (theirs.IncompleteReadError, theirs.ResponseStreamingError, beneath.HTTPError)
    return [
        ((theirs.ReadTimeoutError,), "timeout", "Bedrock did not begin to answer"),
        (broken, "stream_broken", "the answer broke off, or fell silent"),
        ((theirs.HTTPClientError,), "connection", "the connection ended without an answer"),
        (
            (ResponseParserError, ParserError, ValueError),
            "bad_body",
            "the answer was not one of Bedrock",
        ),
    ]


@overload
def unusable(kind: str, text: str, *, lasting: Literal[True]) -> PermanentError: ...
@overload
def unusable(kind: str, text: str) -> TemporaryError: ...


def unusable(kind: str, text: str, *, lasting: bool = False) -> ModelError:
    """Return the error for an answer that was perhaps billed and cannot be used."""
    error = PermanentError if lasting else TemporaryError
    return error(kind, text, attempt=Attempt(kind=kind, usage_unknown=True))


def _from_code(response: Mapping[str, Any], *, in_stream: bool) -> ModelError:
    """Judge an answer that is an error, by its code and then by its status.

    An error within a stream has no status of its own: the stream began with 200.
    """
    given = response.get("Error", {})
    meta = response.get("ResponseMetadata", {})
    status = 200 if in_stream else int(meta.get("HTTPStatusCode", 0))
    kind = str(given.get("Code") or "")
    kind = kind[:1].upper() + kind[1:]  # a frame of a stream writes it in another case
    kind = kind if kind.isidentifier() else f"http_{status}"
    text = told(kind, status, given.get("Message"))
    billed = status in PERHAPS_BILLED_STATUS or kind in PERHAPS_BILLED_CODES
    attempt = Attempt(kind=kind, usage_unknown=billed)
    again = kind in RETRIED_CODES or status in RETRIED_STATUS
    if again and kind not in NEVER_RETRIED_CODES:
        wish = seconds(meta.get("HTTPHeaders", {}).get("retry-after"))
        return TemporaryError(kind, text, retry_after=wish, attempt=attempt)
    return PermanentError(kind, text, attempt=attempt)
