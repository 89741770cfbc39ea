"""How does a test reach the tools as an agent does: by the reference client, over a real wire?"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from django.conf import settings
from django.db import connection
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from selfimprove.bootstrap import ROOT
from selfimprove.demo.example import free_port
from tests.selfimprove.running import environment, started, wait_until


@dataclass
class Tools:
    """Hold a connected client, driven from the thread of the test."""

    portal: BlockingPortal
    client: Client

    def __call__(self, name: str, **arguments: Any) -> CallToolResult:
        """Call a tool."""
        result: CallToolResult = self.portal.call(self.client.call_tool, name, arguments)
        return result

    def answer(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that works, and return its structured content."""
        result = self(name, **arguments)
        assert not result.is_error, words(result)
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    def refusal(self, name: str, **arguments: Any) -> str:
        """Call a tool that refuses, and return its words."""
        result = self(name, **arguments)
        assert result.is_error, result.structured_content
        return words(result)

    def names(self) -> set[str]:
        """Return what the server offers."""
        return {tool.name for tool in self.portal.call(self.client.list_tools).tools}


def words(result: CallToolResult) -> str:
    """Return the text of a result."""
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


# As the tests themselves: what is in force is part of what a check judged by.
SANDBOX = {"SELFIMPROVE_SANDBOX__BACKEND": "ports.sandbox.unconfined.Unconfined"}


def database() -> str:
    """Return the address of the database that this test runs on."""
    made = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{Path(str(made['NAME'])).resolve()}"
    port = made["PORT"] or 5432
    return f"postgres://{made['USER']}:{made['PASSWORD']}@{made['HOST']}:{port}/{made['NAME']}"


@contextmanager
def _connected(transport: Any) -> Iterator[Tools]:
    with start_blocking_portal() as portal:
        client = Client(transport)
        with portal.wrap_async_context_manager(client):
            yield Tools(portal, client)


@contextmanager
def stdio(secret: str, errors: Path, **more: str) -> Iterator[Tools]:
    """Let the client start `manage.py mcp` as agents do."""
    values = environment(
        Path(settings.DATA_DIR), free_port(), DATABASE_URL=database(), **SANDBOX, **more
    )
    server = StdioServerParameters(
        command=sys.executable,
        args=[str(ROOT / "manage.py"), "mcp"],
        env={**values, "SELFIMPROVE_MCP_TOKEN": secret},
        cwd="/",
    )
    with errors.open("w") as log, _connected(stdio_client(server, errlog=log)) as tools:
        yield tools


@asynccontextmanager
async def _over_http(address: str, headers: dict[str, str]) -> AsyncIterator[Any]:
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as client,
        streamable_http_client(address, http_client=client) as streams,
    ):
        yield streams


@dataclass
class Http:
    """Hold a server over HTTP that runs."""

    address: str
    said: Callable[[], str]

    def tools(self, secret: str) -> AbstractContextManager[Tools]:
        """Connect with a token."""
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return _connected(_over_http(self.address, headers))

    def post(self, body: bytes, **headers: str) -> httpx2.Response:
        """Send anything."""
        given = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
        with httpx2.Client(trust_env=False, timeout=60) as client:
            return client.post(self.address, content=body, headers=raw)


@contextmanager
def http(**more: str) -> Iterator[Http]:
    """Start the process `mcp` alone, as `up` does."""
    port = free_port()
    given: dict[str, Any] = {"SELFIMPROVE_MCP__PORT": str(port), **SANDBOX, **more}
    given |= {"SELFIMPROVE_MCP__ENABLED": "true", "DATABASE_URL": database()}
    with started(Path(settings.DATA_DIR), "up", "--only", "mcp", **given) as house:
        served = Http(f"http://127.0.0.1:{port}/mcp", house.said)

        def answers() -> bool:
            try:
                return served.post(b"{}").status_code == 401
            except httpx2.TransportError:
                return False

        wait_until(answers, "the tools are served", house)
        yield served
