"""What does one copy to connect the usual agents, with the real address and a token in it?"""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings

from telemetry.doors.snippets import PLACEHOLDER, Snippet

VARIABLE = "SELFIMPROVE_MCP_TOKEN"


def all_for(address: str, secret: str) -> tuple[Snippet, ...]:
    """Return every way in: over HTTP where an agent can, on standard input and output else."""
    key = secret or PLACEHOLDER
    found = (*_programs(address, key), *_editors(address, key), _plain(key))
    return tuple(replace(one, scope="") for one in found)  # each tool asks for its own


def _programs(address: str, key: str) -> tuple[Snippet, ...]:
    return (
        Snippet(
            "claude-code",
            "Claude Code",
            "In a shell, once; --scope user makes it known in every project.",
            f"claude mcp add --transport http selfimprove {address} \\\n"
            f'  --header "Authorization: Bearer {key}"',
        ),
        Snippet(
            "claude-desktop",
            "Claude Desktop",
            "In claude_desktop_config.json, on the machine where selfimprove lies.",
            _json({"mcpServers": {"selfimprove": _started(key)}}),
        ),
        Snippet(
            "codex",
            "Codex",
            f"In ~/.codex/config.toml; the token is read from the variable {VARIABLE}.",
            f'[mcp_servers.selfimprove]\nurl = "{address}"\nbearer_token_env_var = "{VARIABLE}"\n'
            f"\n# before codex starts:\n# export {VARIABLE}={key}",
        ),
    )


def _editors(address: str, key: str) -> tuple[Snippet, ...]:
    headers = {"Authorization": f"Bearer {key}"}
    return (
        Snippet(
            "cursor",
            "Cursor",
            "In ~/.cursor/mcp.json, or .cursor/mcp.json of a project.",
            _json({"mcpServers": {"selfimprove": {"url": address, "headers": headers}}}),
        ),
        Snippet(
            "vscode",
            "VS Code",
            "In .vscode/mcp.json; it asks for the token once and keeps it as a secret.",
            _json(_vscode(address)),
        ),
    )


def _plain(key: str) -> Snippet:
    return Snippet(
        "stdio",
        "Any client that starts a program",
        "Standard output carries the protocol only; logs are on standard error.",
        f"{VARIABLE}={key} {' '.join([_python(), *_arguments()])}",
    )


def _started(key: str) -> Mapping[str, object]:
    return {
        "command": _python(),
        "args": _arguments(),
        "env": {VARIABLE: key, **_where()},
    }


def _where() -> dict[str, str]:
    """Name the data folder where it is not the usual one: a client hands on no environment."""
    usual = settings.DATA_DIR == settings.BASE_DIR / "var"
    return {} if usual else {"SELFIMPROVE_DATA_DIR": str(settings.DATA_DIR)}


def _vscode(address: str) -> Mapping[str, object]:
    asked = {"type": "promptString", "id": "selfimprove", "password": True}
    return {
        "inputs": [{**asked, "description": "selfimprove token"}],
        "servers": {
            "selfimprove": {
                "type": "http",
                "url": address,
                "headers": {"Authorization": "Bearer ${input:selfimprove}"},
            }
        },
    }


def _python() -> str:
    return sys.executable


def _arguments() -> list[str]:
    return [str(settings.BASE_DIR / "manage.py"), "mcp"]


def _json(value: object) -> str:
    return json.dumps(value, indent=2)
