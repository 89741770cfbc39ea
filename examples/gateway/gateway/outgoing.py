"""What did the upstream answer, and if it did not, why?"""

import http.client
import json
from dataclasses import dataclass
from typing import Any


class CallFailed(Exception):
    """Tell with a code and a sentence why a try failed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Request:
    """Hold one try: where it goes and how long it may take."""

    host: str
    port: int
    path: str
    session: str
    credential: str
    timeout_ms: int
    timeout_seconds: float


def send(request: Request, payload: dict[str, Any]) -> dict[str, Any]:
    """Make one try and return the answer."""
    connection = http.client.HTTPConnection(
        request.host, request.port, timeout=request.timeout_seconds
    )
    try:
        return _exchange(connection, request, payload)
    except TimeoutError as error:
        sentence = f"upstream did not answer within {request.timeout_ms} ms"
        raise CallFailed("timeout", sentence) from error
    except (ConnectionError, http.client.HTTPException) as error:
        sentence = "connection to upstream was closed before an answer came"
        raise CallFailed("connection", sentence) from error
    finally:
        connection.close()


def _exchange(
    connection: http.client.HTTPConnection, request: Request, payload: dict[str, Any]
) -> dict[str, Any]:
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {request.credential}",
        "X-Session": request.session,
    }
    connection.request("POST", request.path, json.dumps(payload), headers)
    response = connection.getresponse()
    answer = json.loads(response.read() or b"{}")
    if response.status == 200:
        return dict(answer)
    code = "rate_limited" if response.status == 429 else "upstream_error"
    raise CallFailed(code, f"upstream answered {response.status}: {answer.get('error', '')}")
