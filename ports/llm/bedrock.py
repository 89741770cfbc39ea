"""How is a model of Anthropic asked through AWS Bedrock?"""

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

from ports.aws import NotInstalled, Place
from ports.llm import PermanentError, Reply, Request
from ports.llm.attempts import Patience, persevere
from ports.llm.bedrock_errors import judged, known, unusable
from ports.llm.bodies import body
from ports.llm.faults import LARGEST_BODY, LARGEST_TEXT
from ports.llm.options import DEFAULT_BODY_VERSION

STAND_IN = "stand-in-"
CONNECT_SECONDS = 5.0
COUNT_SECONDS = 15.0
PIECE = 65_536


class BedrockModel:
    """Ask Bedrock's InvokeModel with our own retries; boto3 finds the credentials."""

    engine = "bedrock"

    def __init__(
        self,
        *,
        region: str = "",
        address: str = "",
        body_version: str = DEFAULT_BODY_VERSION,
        patience: Patience | None = None,
    ) -> None:
        self._place = Place(region, address)
        self._body_version = body_version
        self._patience = patience or Patience()

    def complete(self, request: Request) -> Reply:
        """Return the model's answer, asking again after temporary failures."""
        payload = self._payload(request)
        return persevere(lambda end: self._once(request.model, payload, end), self._patience)

    def count(self, request: Request) -> int | None:
        """Return the tokens that Bedrock counts; None when it does not answer now."""
        payload = self._payload(request)
        end = self._patience.clock() + COUNT_SECONDS
        try:
            given = {"invokeModel": {"body": payload}}
            with closing(self._client(end)) as client:
                answer = client.count_tokens(modelId=request.model, input=given)
        except known() as error:
            trouble = judged(error)
            if isinstance(trouble, PermanentError):
                raise trouble from error
            return None
        found = answer.get("inputTokens")
        return found if isinstance(found, int) and found >= 0 else None

    def _payload(self, request: Request) -> bytes:
        fields = body(request)
        del fields["model"]  # it stands in the address
        return json.dumps({"anthropic_version": self._body_version, **fields}).encode()

    def _client(self, end: float) -> Any:
        left = max(0.001, end - self._patience.clock())
        # Nothing comes before the answer is whole, so that silence is no sign of trouble.
        silence = min(left, self._patience.deadline_seconds)
        try:
            return self._place.client(
                "bedrock-runtime", connect_seconds=CONNECT_SECONDS, read_seconds=silence
            )
        except NotInstalled as error:
            raise PermanentError("not_configured", str(error)) from error

    def _once(self, model: str, payload: bytes, end: float) -> Reply:
        started = self._patience.clock()
        try:
            with closing(self._client(end)) as client:
                answer = client.invoke_model(
                    modelId=model, body=payload, contentType="application/json"
                )
                with closing(answer["body"]) as coming:
                    raw = self._read(coming.read, end)
            latency_ms = round((self._patience.clock() - started) * 1000)
            request_id = str(answer["ResponseMetadata"].get("RequestId", ""))
            return _reply(_message(raw), request_id, latency_ms)
        except known() as error:
            raise judged(error) from error

    def _read(self, read: Callable[[int], bytes], end: float) -> bytes:
        """Read the answer in pieces, as far as its size and the deadline permit."""
        parts: list[bytes] = []
        size = 0
        while part := read(PIECE):
            parts.append(part)
            size += len(part)
            if size > LARGEST_BODY:
                raise _too_large(f"more than {LARGEST_BODY:,} bytes")
            if self._patience.clock() > end:
                raise unusable("deadline", "the answer was still coming in")
        return b"".join(parts)


def _message(raw: bytes) -> Mapping[str, Any]:
    found = json.loads(raw)
    if not isinstance(found, dict):
        raise unusable("bad_body", "the answer was no message")
    return found


def _reply(message: Mapping[str, Any], request_id: str, latency_ms: int) -> Reply:
    """Read the message without trusting that the server filled it in."""
    usage, content, reason = (message.get(name) for name in ("usage", "content", "stop_reason"))
    if not isinstance(reason, str) or not isinstance(usage, dict) or not isinstance(content, list):
        raise unusable("incomplete_answer", "the answer has no stop reason, content or usage")
    blocks = [block for block in content if isinstance(block, dict)]
    texts = [block.get("text") for block in blocks if block.get("type") == "text"]
    text = "".join(one for one in texts if isinstance(one, str))
    if len(text) > LARGEST_TEXT:
        raise _too_large(f"more than {LARGEST_TEXT:,} characters")
    fresh, output = _tokens(usage, "input_tokens"), _tokens(usage, "output_tokens")
    cached = _tokens(usage, "cache_read_input_tokens") or 0
    written = _tokens(usage, "cache_creation_input_tokens") or 0
    model = str(message.get("model") or "")
    return Reply(
        text=text,
        model=model,
        stop_reason=reason,
        request_id=request_id,
        input_tokens=(fresh or 0) + cached + written,
        output_tokens=output or 0,
        cached_tokens=cached,
        written_cache_tokens=written,
        latency_ms=latency_ms,
        usage_unknown=fresh is None or output is None,
        simulated=model.startswith(STAND_IN),
    )


def _tokens(usage: Mapping[str, Any], name: str) -> int | None:
    found = usage.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _too_large(text: str) -> PermanentError:
    return unusable("answer_too_large", f"the answer has {text}", lasting=True)
