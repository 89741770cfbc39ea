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
}
NEVER_RETRIED_CODES = {
    "AccessDeniedException",
    "ValidationException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ExpiredTokenException",
}
# The model had the question when it failed.
PERHAPS_BILLED_CODES = {"ModelTimeoutException", "ModelErrorException"}


def known() -> tuple[type[Exception], ...]:
    """Name every way in which a call is known to fail; the rest are defects of ours."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
    except ImportError:  # it was told already what to install
        return (ModelError,)
    return (ModelError, BotoCoreError, ClientError, ResponseParserError, ValueError)


def judged(error: Exception) -> ModelError:
    """Turn a known failure into one of our two errors."""
    if isinstance(error, ModelError):
        return error
    from botocore import exceptions as theirs

    if isinstance(error, theirs.ClientError):
        return _from_code(error.response)
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
    from botocore.parsers import ResponseParserError

    broken = (theirs.IncompleteReadError, theirs.ResponseStreamingError)
    return [
        ((theirs.ReadTimeoutError,), "timeout", "Bedrock fell silent"),
        (broken, "stream_broken", "the answer broke off"),
        ((theirs.HTTPClientError,), "connection", "the connection ended without an answer"),
        ((ResponseParserError, ValueError), "bad_body", "the answer was not one of Bedrock"),
    ]


@overload
def unusable(kind: str, text: str, *, lasting: Literal[True]) -> PermanentError: ...
@overload
def unusable(kind: str, text: str) -> TemporaryError: ...


def unusable(kind: str, text: str, *, lasting: bool = False) -> ModelError:
    """Return the error for an answer that was perhaps billed and cannot be used."""
    error = PermanentError if lasting else TemporaryError
    return error(kind, text, attempt=Attempt(kind=kind, usage_unknown=True))


def _from_code(response: Mapping[str, Any]) -> ModelError:
    """Judge an answer that is an error, by its code and then by its status."""
    given = response.get("Error", {})
    meta = response.get("ResponseMetadata", {})
    status = int(meta.get("HTTPStatusCode", 0))
    kind = str(given.get("Code") or f"http_{status}")
    kind = f"http_{status}" if kind == str(status) or not kind.isidentifier() else kind
    text = told(kind, status, given.get("Message"))
    billed = status in PERHAPS_BILLED_STATUS or kind in PERHAPS_BILLED_CODES
    attempt = Attempt(kind=kind, usage_unknown=billed)
    again = kind in RETRIED_CODES or status in RETRIED_STATUS
    if again and kind not in NEVER_RETRIED_CODES:
        wish = seconds(meta.get("HTTPHeaders", {}).get("retry-after"))
        return TemporaryError(kind, text, retry_after=wish, attempt=attempt)
    return PermanentError(kind, text, attempt=attempt)
