"""What does each address of the stand-in expect, and in which form does it answer?"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from ports.agentcore.standin import frames
from ports.agentcore.standin.answers import Answer
from ports.agentcore.standin.calls import Call, NotTaken
from ports.llm.standin import catalogue, checks
from ports.llm.standin.messages import asked_tokens, encoded, events, message
from ports.llm.standin.steps import KINDS, Step, error_body

BEDROCK = re.compile(
    r"/model/(?P<model>[^/]+)/(?P<call>invoke|invoke-with-response-stream|count-tokens)\Z"
)
COUNTING, STREAMING = "count-tokens", "invoke-with-response-stream"
ESTIMATED = {"x-stand-in": "token counts are estimates"}
FRAMES = "application/vnd.amazon.eventstream"
# What Bedrock calls the errors that the Messages API has.
AWS_CODES = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    413: "ValidationException",
}


class Refused(Exception):
    """The request is answered with an error, whatever the script says."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Route:
    """Hold one question as it came in: who is asked, what for, and in which dialect."""

    sent: Mapping[str, Any] = field(default_factory=dict)
    counting: bool = False
    aws: bool = False
    in_frames: bool = False

    @property
    def streams(self) -> bool:
        """Tell whether a stream of server-sent events is wanted."""
        return self.sent.get("stream") is True


def is_aws(path: str) -> bool:
    """Tell whether an address belongs to Bedrock."""
    return BEDROCK.match(path) is not None


def read(path: str, headers: Mapping[str, str], raw: bytes) -> Route:
    """Read a request; raise Refused as the real service would."""
    found = BEDROCK.match(path)
    aws = found is not None
    let_in(headers, aws=aws)
    if found:
        return _bedrock(unquote(found["model"]), _object(raw), found["call"])
    counting = path == "/v1/messages/count_tokens"
    if path != "/v1/messages" and not counting:
        raise Refused(404, f"Not found: {path}")
    if not headers.get("anthropic-version"):
        raise Refused(400, "anthropic-version: header is required")
    sent = _object(raw)
    _check(sent, catalogue.find(str(sent.get("model"))), counting=counting)
    return Route(sent, counting)


def refusal(refused: Refused | NotTaken, *, aws: bool) -> Step:
    """Write a refusal in the dialect that was spoken."""
    if not aws:
        kind = KINDS[refused.status]
        return Step(status=refused.status, body=error_body(kind, str(refused)))
    return aws_failure(refused.status, AWS_CODES[refused.status], str(refused))


def aws_failure(status: int, code: str, message: str = "as the script says") -> Step:
    """Describe an error in the shape of Bedrock."""
    return Step(
        status=status,
        headers={"x-amzn-errortype": code},
        body=json.dumps({"message": message}).encode(),
    )


def of_agentcore(answer: Answer, call: Call) -> Step:
    """Turn an answer of AgentCore into the bytes in which it comes."""
    if isinstance(answer, tuple):
        return Step(headers={"content-type": FRAMES}, events=answer)
    status = int(call.operation.http.get("responseCode", 200))
    return Step(status=status, body=json.dumps(answer).encode())


def counted(route: Route) -> Step:
    """Answer a question for the tokens of a request."""
    name = "inputTokens" if route.aws else "input_tokens"
    return Step(headers=ESTIMATED, body=json.dumps({name: asked_tokens(route.sent)}).encode())


def written(step: Step, route: Route, number: int) -> Step:
    """Turn an answer in words into the bytes that were asked for."""
    if not step.is_message:
        return step
    whole = message(step, route.sent, number)
    fields: dict[str, Any] = {**vars(step), "headers": {**ESTIMATED, **step.headers}, "text": None}
    fields["blocks"] = ()
    if route.in_frames:
        return in_frames(Step(**{**fields, "events": framed(whole)}))
    if route.streams:
        return Step(**{**fields, "events": encoded(whole)})
    return Step(**{**fields, "body": json.dumps(whole).encode()})


def in_frames(step: Step) -> Step:
    """Say in the head that frames of an event stream follow, each as soon as it is there."""
    head = {"content-type": FRAMES, "transfer-encoding": "chunked"}
    return replace(step, headers={**head, **step.headers})


def framed(whole: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Return the frames in which Bedrock sends the events of a message."""
    parts = ({"type": kind, **fields} for kind, fields in events(whole))
    return tuple(frames.chunk(json.dumps(part).encode()) for part in parts)


def let_in(headers: Mapping[str, str], *, aws: bool) -> None:
    """Ask for a key, or for a signature that nobody checks; raise Refused without."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if aws and not (scheme == "AWS4-HMAC-SHA256" or (scheme == "Bearer" and secret)):
        raise Refused(403, "Missing Authentication Token")
    if not aws and not (scheme == "Bearer" and secret.strip()) and not headers.get("x-api-key"):
        raise Refused(401, "a key is required, as `Authorization: Bearer` or `x-api-key`")


def _object(raw: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused(400, "The request body is not valid JSON") from None
    if not isinstance(sent, dict):
        raise Refused(400, "The request body is not an object")
    return sent


def _bedrock(model: str, sent: dict[str, Any], call: str) -> Route:
    if call == COUNTING:
        sent = _object(_inner(sent))
    if not isinstance(sent.pop("anthropic_version", None), str):
        raise Refused(400, "anthropic_version: Field required")
    if present := {"model", "stream"} & set(sent):
        raise Refused(400, f"{min(present)}: Extra inputs are not permitted")
    sent["model"] = model
    # Bedrock counts a whole question, its limit of the answer included.
    _check(sent, catalogue.find_on_bedrock(model), counting=False)
    return Route(sent, call == COUNTING, aws=True, in_frames=call == STREAMING)


def _inner(sent: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(sent["input"]["invokeModel"]["body"], validate=True)
    except (KeyError, TypeError, binascii.Error, ValueError):
        raise Refused(400, "input.invokeModel.body: a body in base64 is required") from None


def _check(sent: Mapping[str, Any], known: catalogue.Known | None, *, counting: bool) -> None:
    if not isinstance(sent.get("model"), str):
        raise Refused(400, "model: Field required")
    if known is None:
        raise Refused(404, f"model: {sent['model']}")
    if reason := checks.reason_against(sent, known, counting=counting):
        raise Refused(400, reason)
