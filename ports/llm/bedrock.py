"""How is a model of Anthropic asked through AWS Bedrock?"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

from ports.aws import NotInstalled, Place
from ports.llm import PermanentError, Reply, Request
from ports.llm.attempts import Patience, persevere
from ports.llm.bedrock_errors import judged, known, unusable
from ports.llm.bedrock_stream import Gathered, too_large
from ports.llm.bodies import body
from ports.llm.faults import LARGEST_BODY
from ports.llm.options import DEFAULT_BODY_VERSION

CONNECT_SECONDS = 5.0
COUNT_SECONDS = 15.0
BEFORE_READING = "before-parse.bedrock-runtime.InvokeModelWithResponseStream"


class BedrockModel:
    """Ask Bedrock, streaming, with our own retries; boto3 finds the credentials."""

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
        silence = min(left, self._patience.silence_seconds)
        try:
            return self._place.client(
                "bedrock-runtime", connect_seconds=CONNECT_SECONDS, read_seconds=silence
            )
        except NotInstalled as error:
            raise PermanentError("not_configured", str(error)) from error

    def _once(self, model: str, payload: bytes, end: float) -> Reply:
        said = Gathered()
        started = self._patience.clock()
        try:
            with closing(self._client(end)) as client:
                client.meta.events.register(BEFORE_READING, self._bounding(end))
                answer = client.invoke_model_with_response_stream(
                    modelId=model, body=payload, contentType="application/json"
                )
                with closing(answer["body"]) as frames:
                    for event in _events(frames):
                        said.take(event)
            latency_ms = round((self._patience.clock() - started) * 1000)
            request_id = str(answer["ResponseMetadata"].get("RequestId", ""))
            return said.reply(request_id=request_id, latency_ms=latency_ms)
        except known() as error:
            trouble = judged(error)
            trouble.attempts = (said.attempt(trouble),)
            raise trouble from error

    def _bounding(self, end: float) -> Callable[..., None]:
        """Return what puts bounds around the bytes of a stream before they are read."""

        def bound(response_dict: dict[str, Any], **_given: Any) -> None:
            if response_dict["status_code"] < 300:
                raw = response_dict["body"]
                response_dict["body"] = _Bounded(raw, lambda size: self._allow(size, end))

        return bound

    def _allow(self, size: int, end: float) -> None:
        """Stop an answer that is too long, or that drips without an end."""
        if size > LARGEST_BODY:
            raise too_large(f"more than {LARGEST_BODY:,} bytes")
        if self._patience.clock() > end:
            raise unusable("deadline", "the answer was still coming in")


class _Bounded:
    """Give the same bytes, asking with each part whether so many may come."""

    def __init__(self, raw: Any, allow: Callable[[int], None]) -> None:
        self._raw = raw
        self._allow = allow

    def stream(self) -> Iterator[bytes]:
        """Yield the parts as they come in."""
        size = 0
        for part in self._raw.stream():
            size += len(part)
            self._allow(size)
            yield part

    def close(self) -> None:
        """End the connection."""
        self._raw.close()


def _events(frames: Any) -> Iterator[object]:
    """Yield what the frames of a stream hold; botocore chokes in many ways on what is none."""
    coming = iter(frames)
    while True:
        try:
            frame: Mapping[str, Any] = next(coming)
        except StopIteration:
            return
        except (TypeError, AttributeError, KeyError) as error:
            raise unusable("bad_body", "the answer was not one of Bedrock") from error
        if "chunk" in frame:  # others are newer than we are
            yield frame["chunk"].get("bytes")
