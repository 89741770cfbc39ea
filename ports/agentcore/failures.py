"""What does an exception of boto3, or from beneath it, mean for a call to AgentCore?"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ports import aws
from ports.agentcore import Failed, State

DENIED_STATUS = {401, 403}
DENIED_CODES = {
    "AccessDeniedException",
    "UnauthorizedException",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "UnrecognizedClientException",
}
LONGEST = 200


@contextmanager
def judging(call: str) -> Iterator[None]:
    """Turn every way in which a call is known to fail into Failed; the rest are our defects."""
    try:
        yield
    except _known() as error:
        raise _judged(error, call) from error


def broken(kind: str, words: str) -> Failed:
    """Return the failure of an answer that began and cannot be used."""
    return Failed(State.ERROR, kind, words)


def plain(text: object) -> str:
    """Write what AgentCore says on one line, of a length that can be shown."""
    line = "".join(sign if sign.isprintable() else " " for sign in str(text or ""))
    return " ".join(line.split())[:LONGEST]


def _known() -> tuple[type[Exception], ...]:
    try:
        from botocore.eventstream import ParserError
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
        from urllib3.exceptions import HTTPError
    except ImportError:  # it was told already what to install
        return (Failed, aws.NotInstalled)
    theirs = (BotoCoreError, ClientError, ResponseParserError, ParserError, HTTPError)
    # The rest is how botocore chokes on a body that is JSON and has another form, or none.
    odd = (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError)
    return (Failed, aws.NotInstalled, *theirs, *odd)


def _judged(error: Exception, call: str) -> Failed:
    if isinstance(error, Failed):
        return error
    if isinstance(error, aws.NotInstalled):
        return Failed(State.NOT_CONFIGURED, "not_installed", str(error))
    from botocore import exceptions as theirs

    if isinstance(error, theirs.ClientError):  # a stream's frame as well
        return _by_code(error.response, call)
    if isinstance(error, aws.not_configured()):
        words = f"AWS cannot be asked from here: {plain(error)}"
        return Failed(State.NOT_CONFIGURED, "no_account", words)
    if isinstance(error, theirs.ParamValidationError):
        return broken("refused_by_sdk", f"boto3 does not send {call}: {plain(error)}")
    return _on_the_way(error, call, theirs)


def _on_the_way(error: Exception, call: str, theirs: Any) -> Failed:
    """Judge what happens to a connection, the special before the general."""
    from urllib3 import exceptions as beneath

    if isinstance(error, aws.unreached()):
        return Failed(State.UNREACHABLE, "connection", "AgentCore could not be reached")
    if isinstance(error, theirs.ReadTimeoutError | beneath.ReadTimeoutError):
        return Failed(State.UNREACHABLE, "timeout", f"AgentCore fell silent at {call}")
    torn = (theirs.IncompleteReadError, theirs.ResponseStreamingError, beneath.HTTPError)
    if isinstance(error, torn):
        return broken("stream_broken", f"the answer to {call} broke off")
    if isinstance(error, theirs.HTTPClientError):
        words = f"the connection ended without a whole answer to {call}"
        return Failed(State.UNREACHABLE, "connection", words)
    return broken("bad_body", f"the answer to {call} was not one of AgentCore")


def _by_code(response: Mapping[str, Any], call: str) -> Failed:
    """Judge an answer that is an error, by its code and its status."""
    given = response.get("Error", {})
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    kind = str(given.get("Code") or "")
    kind = kind[:1].upper() + kind[1:]  # a frame of a stream writes it in another case
    if not kind.isidentifier():
        kind = f"http_{status}"
    words = f"{call} was refused: {plain(given.get('Message')) or kind}"
    denied = kind in DENIED_CODES or status in DENIED_STATUS
    return Failed(State.DENIED if denied else State.ERROR, kind, words)
