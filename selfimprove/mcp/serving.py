"""How is the server reached: on standard input and output, or over HTTP?"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import anyio
from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import INVALID_REQUEST

from selfimprove.mcp import server
from selfimprove.mcp.callers import WHERE
from telemetry.doors import tokens
from telemetry.doors.entry import REALM, secret_in
from telemetry.doors.refusals import Refusal

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def over_stdio(secret: str) -> None:
    """Serve one client on standard input and output until it leaves."""
    server.build(lambda call: secret).run("stdio")


def over_http() -> "OnlyWithToken":
    """Return the ASGI application, behind the check of the token."""
    mcp = settings.SELFIMPROVE.mcp
    hosts = [name for host in mcp.allowed_hosts for name in (host, f"{host}:*")]
    origins = [f"{scheme}://{name}" for scheme in ("http", "https") for name in hosts]
    app = server.build(_of_request).streamable_http_app(
        json_response=True,
        stateless_http=True,  # a call needs nothing of the one before, in any process
        max_request_body_size=mcp.max_body_bytes,
        transport_security=TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins),
    )
    return OnlyWithToken(app)


def _of_request(call: server.Call) -> str:
    request = call.request_context.request
    return secret_in(request.headers.get("authorization", "")) if request else ""


class OnlyWithToken:
    """Turn away whoever brings no token that opens; each tool asks for its own scope then."""

    def __init__(self, app: App) -> None:
        """Stand before an application."""
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request through or answer it; the rest of the protocol passes."""
        if scope["type"] == "http":
            header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
            status, words = await anyio.to_thread.run_sync(_refusal, header)
            if words:
                await _say(send, status, words)
                return
        await self._app(scope, receive, send)


def _refusal(header: str) -> tuple[int, str]:
    """Return why a request is turned away; nothing when its token opens."""
    try:
        tokens.known(secret_in(header), timezone.now())
    except tokens.NotOpen as error:
        return 401, f"{error} {WHERE}"
    except Refusal:
        return 401, f"Send a token: Authorization: Bearer sit_… {WHERE}"
    except DatabaseError:
        return 503, "The database is away or busy. Try again in some seconds."
    finally:
        connections.close_all()
    return 200, ""


async def _say(send: Send, status: int, words: str) -> None:
    # As the protocol words an error, so that a client shows it and not a sentence of its own.
    told = {"jsonrpc": "2.0", "id": None, "error": {"code": INVALID_REQUEST, "message": words}}
    body = json.dumps(told).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if status == 401:
        headers.append((b"www-authenticate", f'Bearer {REALM}, error="invalid_token"'.encode()))
    else:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
