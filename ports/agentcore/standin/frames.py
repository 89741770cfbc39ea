"""How is a frame of an AWS event stream written?"""

import base64
import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

STRING = 7  # the type of a header's value


def result(fields: Mapping[str, Any]) -> bytes:
    """Write one result of a tool."""
    return _frame(
        {":message-type": "event", ":event-type": "result", ":content-type": "application/json"},
        json.dumps(fields).encode(),
    )


def chunk(content: bytes) -> bytes:
    """Write one part of a model's answer."""
    return _frame(
        {":message-type": "event", ":event-type": "chunk", ":content-type": "application/json"},
        json.dumps({"bytes": base64.b64encode(content).decode()}).encode(),
    )


def exception(kind: str, message: str = "as the script says") -> bytes:
    """Write the frame that ends a stream with an error, such as a throttlingException."""
    return _frame(
        {
            ":message-type": "exception",
            ":exception-type": kind,
            ":content-type": "application/json",
        },
        json.dumps({"message": message}).encode(),
    )


def newer() -> bytes:
    """Write a frame of a kind that nobody knows yet."""
    return other("news", b"{}")


def other(kind: str, payload: bytes) -> bytes:
    """Write an event with a payload that says what it likes."""
    return _frame({":message-type": "event", ":event-type": kind}, payload)


def _frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    head = b"".join(_header(name, value) for name, value in headers.items())
    start = struct.pack("!II", 16 + len(head) + len(payload), len(head))
    start += struct.pack("!I", zlib.crc32(start))
    whole = start + head + payload
    return whole + struct.pack("!I", zlib.crc32(whole))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return bytes([len(key)]) + key + bytes([STRING]) + struct.pack("!H", len(text)) + text
