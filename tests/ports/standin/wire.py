"""How is the stand-in asked without an SDK in between?"""

import json
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

KEY = {"authorization": "Bearer k", "anthropic-version": "2026-10-21"}
GOOD: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hello"}],
}


def call(
    address: str,
    sent: object = GOOD,
    *,
    path: str = "/v1/messages",
    method: str = "POST",
    headers: dict[str, str] = KEY,
) -> tuple[HTTPResponse, bytes]:
    """Send one request; bytes go as they are, anything else as JSON."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        connection.request(method, path, body if method == "POST" else None, headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def told(answer: bytes) -> str:
    """Return the message of an error."""
    return str(json.loads(answer)["error"]["message"])
