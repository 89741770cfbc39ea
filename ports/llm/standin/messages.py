"""How does the stand-in write a message, whole or as a stream?"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from ports.llm.standin.steps import Step, event

CHARACTERS_PER_TOKEN = 3.2  # a rule of thumb: what is counted with it is called an estimate
PIECE = 400  # characters of text in one event


def estimate(*parts: object) -> int:
    """Guess the tokens of everything that a provider would read in these."""
    size = sum(len(part if isinstance(part, str) else json.dumps(part)) for part in parts if part)
    return max(1, math.ceil(size / CHARACTERS_PER_TOKEN))


def asked_tokens(sent: Mapping[str, Any]) -> int:
    """Guess the tokens of a request."""
    return estimate(sent.get("system"), sent.get("messages"), sent.get("tools"))


def message(step: Step, sent: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Write the answer of a step as one message."""
    blocks = [dict(block) for block in step.blocks]
    if step.text is not None:
        blocks.append({"type": "text", "text": step.text})
    usage = {
        "input_tokens": asked_tokens(sent),
        "output_tokens": estimate(*blocks) if blocks else 0,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
        **step.usage,
    }
    return {
        "id": f"msg_standin_{number:06d}",
        "type": "message",
        "role": "assistant",
        "model": f"stand-in-{sent.get('model', '')}",
        "content": blocks,
        "stop_reason": step.stop_reason,
        "stop_sequence": None,
        "usage": usage,
    }


def events(whole: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events in which a message arrives, in the order of the real service."""
    usage = whole["usage"]
    started = {**whole, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield "message_start", {"message": started}
    yield "ping", {}
    for index, block in enumerate(whole["content"]):
        yield from _block(index, block)
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"delta": ended, "usage": {"output_tokens": usage["output_tokens"]}}
    yield "message_stop", {}


def encoded(whole: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Return the server-sent events of a message."""
    return tuple(event(kind, **fields) for kind, fields in events(whole))


def _block(index: int, block: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = {"text": "text", "thinking": "thinking"}.get(str(block["type"]))
    if name is None:  # sent as it is
        yield "content_block_start", {"index": index, "content_block": dict(block)}
    else:
        empty = {**block, name: ""}
        yield "content_block_start", {"index": index, "content_block": empty}
        text = str(block[name])
        for start in range(0, len(text), PIECE):
            delta = {"type": f"{name}_delta", name: text[start : start + PIECE]}
            yield "content_block_delta", {"index": index, "delta": delta}
    yield "content_block_stop", {"index": index}
