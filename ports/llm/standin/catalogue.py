"""Which models does the stand-in know, as a provider lists them?"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Known:
    """Hold what is known of one model."""

    id: str
    name: str
    max_input: int = 1_000_000
    max_output: int = 128_000
    lifecycle: str = "active"
    retires: str | None = None
    refuses_forced_tools: bool = False
    refuses_disabled_thinking: bool = False


MODELS = (
    Known(
        "claude-sonnet-5-5",
        "Claude Sonnet 5.5",
        refuses_forced_tools=True,
        refuses_disabled_thinking=True,
    ),
    Known(
        "claude-opus-5-5",
        "Claude Opus 5.5",
        refuses_forced_tools=True,
        refuses_disabled_thinking=True,
    ),
    Known("claude-haiku-5-5", "Claude Haiku 5.5"),
    Known("claude-fable-5-1", "Claude Fable 5.1", refuses_disabled_thinking=True),
    Known("claude-opus-5", "Claude Opus 5"),
    Known("claude-haiku-4-5", "Claude Haiku 4.5", 200_000, 64_000),
    Known(
        *("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", 200_000, 64_000),
        *("deprecated", "2026-11-30T00:00:00Z"),
    ),
    Known(
        *("claude-3-haiku-20240307", "Claude Haiku 3", 200_000, 4096),
        *("retired", "2026-04-20T00:00:00Z"),
    ),
)


def find(name: str) -> Known | None:
    """Return the model of this name, if it still answers."""
    return next((one for one in MODELS if one.id == name and one.lifecycle != "retired"), None)


def find_on_bedrock(name: str) -> Known | None:
    """Return the model that a Bedrock id means, such as `global.anthropic.NAME-v1:0`."""
    bare = name.rpartition("anthropic.")[2]
    return find(bare.partition("-v1")[0]) or find(bare)


def listing() -> dict[str, Any]:
    """Return all models as GET /v1/models does."""
    shown = [describe(one) for one in MODELS]
    return {
        "data": shown,
        "has_more": False,
        "first_id": shown[0]["id"],
        "last_id": shown[-1]["id"],
    }


def describe(one: Known) -> dict[str, Any]:
    """Return one model as the service lists it."""
    return {
        "id": one.id,
        "type": "model",
        "display_name": f"{one.name} (stand-in)",
        "created_at": "1970-01-01T00:00:00Z",
        "lifecycle": one.lifecycle,
        "deprecated_at": None if one.lifecycle == "active" else "1970-01-01T00:00:00Z",
        "retires_at": one.retires,
        "max_input_tokens": one.max_input,
        "max_tokens": one.max_output,
    }
