"""What answer do the events of a stream make, and what was told before it broke off?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ports.llm import Attempt, ModelError, PermanentError, Reply, TemporaryError
from ports.llm.bedrock_errors import unusable
from ports.llm.faults import LARGEST_TEXT, RETRIED_KINDS, told

STAND_IN = "stand-in-"
COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)


@dataclass
class Gathered:
    """Gather the events of the Messages API, without trusting that they are whole."""

    began: bool = False
    model: str = ""
    stop_reason: str = ""
    texts: list[str] = field(default_factory=list)
    usage: dict[str, int] = field(default_factory=dict)
    _speaking: set[str] = field(default_factory=set)  # the blocks that are text
    _size: int = 0

    def take(self, raw: object) -> None:
        """Take in one event; a kind that is newer than we are says nothing to us."""
        self.began = True
        event = _read(raw)
        kind = str(event.get("type"))
        if kind in TAKING:
            TAKING[kind](self, event)

    def attempt(self, trouble: ModelError) -> Attempt:
        """Return the failed attempt with what it used; once a stream began, it is billed."""
        failed = trouble.attempts[0]
        return replace(
            failed,
            usage_unknown=failed.usage_unknown or self.began,
            input_tokens=self._all_input,
            output_tokens=self.usage.get("output_tokens", 0),
        )

    def reply(self, *, request_id: str, latency_ms: int) -> Reply:
        """Return the answer; raise TemporaryError where it lacks what every whole one has."""
        if not self.began:
            raise unusable("bad_body", "the answer was not one of Bedrock")
        if not self.stop_reason or not self.usage:
            raise unusable("incomplete_stream", "the answer ended without a stop reason")
        return Reply(
            text="".join(self.texts),
            model=self.model,
            stop_reason=self.stop_reason,
            request_id=request_id,
            input_tokens=self._all_input,
            output_tokens=self.usage.get("output_tokens", 0),
            cached_tokens=self.usage.get("cache_read_input_tokens", 0),
            written_cache_tokens=self.usage.get("cache_creation_input_tokens", 0),
            latency_ms=latency_ms,
            usage_unknown=not {"input_tokens", "output_tokens"} <= set(self.usage),
            simulated=self.model.startswith(STAND_IN),
        )

    @property
    def _all_input(self) -> int:
        return sum(self.usage.get(name, 0) for name in COUNTS if name != "output_tokens")

    def _start(self, event: Mapping[str, Any]) -> None:
        message = _part(event, "message")
        self.model = str(message.get("model") or "")
        self._count(message.get("usage"))

    def _open(self, event: Mapping[str, Any]) -> None:
        block = _part(event, "content_block")
        if block.get("type") == "text":
            self._speaking.add(str(event.get("index")))
            self._say(block.get("text"))

    def _continue(self, event: Mapping[str, Any]) -> None:
        delta = _part(event, "delta")
        if delta.get("type") == "text_delta" and str(event.get("index")) in self._speaking:
            self._say(delta.get("text"))

    def _finish(self, event: Mapping[str, Any]) -> None:
        reason = _part(event, "delta").get("stop_reason")
        self.stop_reason = reason if isinstance(reason, str) else ""
        self._count(event.get("usage"))

    def _fail(self, event: Mapping[str, Any]) -> None:
        error = _part(event, "error")
        kind = error.get("type")
        if not (isinstance(kind, str) and kind.isidentifier()):
            raise unusable("bad_body", "the answer held an error that cannot be read")
        failure = TemporaryError if kind in RETRIED_KINDS else PermanentError
        raise failure(kind, told(kind, 200, error.get("message")))

    def _say(self, text: object) -> None:
        if isinstance(text, str):
            self.texts.append(text)
            self._size += len(text)
        if self._size > LARGEST_TEXT:
            raise too_large(f"more than {LARGEST_TEXT:,} characters")

    def _count(self, usage: object) -> None:
        """Keep the last counts; what is no number of tokens is not known."""
        for name, found in usage.items() if isinstance(usage, dict) else ():
            if name in COUNTS and type(found) is int and found >= 0:
                self.usage[name] = found


TAKING = {
    "message_start": Gathered._start,
    "content_block_start": Gathered._open,
    "content_block_delta": Gathered._continue,
    "message_delta": Gathered._finish,
    "error": Gathered._fail,
}


def too_large(text: str) -> PermanentError:
    """Return the error for an answer that nobody could use."""
    return unusable("answer_too_large", f"the answer has {text}", lasting=True)


def _read(raw: object) -> Mapping[str, Any]:
    try:
        found = json.loads(raw) if isinstance(raw, bytes) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise unusable("bad_body", "a part of the answer was no event")
    return found


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = event.get(name)
    if not isinstance(found, dict):
        raise unusable("bad_body", f"an event of the answer lacks its {name}")
    return found
