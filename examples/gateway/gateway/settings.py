"""What are the settings in force, and are they within bounds?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway import strict_yaml

KINDS = ("http", "extension", "store")
BOUNDS = {
    "timeout_ms": (50, 20_000),
    "retries": (0, 5),
    "backoff_ms": (0, 10_000),
    "max_calls_per_second": (1, 50),
    "retry_delay_ms": (0, 10_000),
    "every_ms": (500, 86_400_000),
    "workers": (1, 20),
    "think_ms": (0, 60_000),
}


class BadSettings(ValueError):
    """Tell which setting is wrong, in which file, and what is allowed."""


@dataclass(frozen=True)
class Tool:
    """Say how one tool is called."""

    name: str
    kind: str
    upstream: str
    timeout_ms: int
    retries: int
    backoff_ms: int
    max_calls_per_second: int


@dataclass(frozen=True)
class Task:
    """Say what runs by the clock and how often it is tried."""

    name: str
    upstream: str
    every_ms: int
    timeout_ms: int
    retries: int
    retry_delay_ms: int


@dataclass(frozen=True)
class Agent:
    """Say who an agent is and what it calls."""

    name: str
    role: str
    workers: int
    think_ms: int
    calls: dict[str, int]


@dataclass(frozen=True)
class Settings:
    """Hold everything under config/, checked."""

    tools: dict[str, Tool]
    tasks: dict[str, Task]
    agents: dict[str, Agent]
    hosts: tuple[str, ...]


def load(folder: Path) -> Settings:
    """Read and check the four files of a config folder."""
    settings = Settings(
        tools=_section(folder / "tools.yaml", "tools", Tool),
        tasks=_section(folder / "schedule.yaml", "tasks", Task),
        agents=_section(folder / "agents.yaml", "agents", Agent),
        hosts=tuple(str(host) for host in _read(folder / "allowlist.yaml").get("hosts") or ()),
    )
    _check_references(settings)
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        return strict_yaml.read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSettings(f"{path.name}: {error}") from error


def _section(path: Path, name: str, build: Callable[..., Any]) -> dict[str, Any]:
    entries = _read(path).get(name)
    if not isinstance(entries, dict) or not entries:
        raise BadSettings(f"{path.name}: {name} is missing or empty")
    return {key: _entry(path.name, key, fields, build) for key, fields in entries.items()}


def _entry(file: str, name: str, fields: Any, build: Callable[..., Any]) -> Any:
    if not isinstance(fields, dict):
        raise BadSettings(f"{file}: {name} has no settings")
    for key, value in fields.items():
        _check_bounds(file, f"{name}.{key}", key, value)
    try:
        return build(name=name, **fields)
    except TypeError as error:
        raise BadSettings(f"{file}: {name}: {str(error).split(' ', 1)[-1]}") from error


def _check_bounds(file: str, where: str, key: str, value: Any) -> None:
    if key == "kind" and value not in KINDS:
        raise BadSettings(f"{file}: {where} is {value!r}; allowed: {', '.join(KINDS)}")
    if key not in BOUNDS:
        return
    low, high = BOUNDS[key]
    if type(value) is not int or not low <= value <= high:
        raise BadSettings(f"{file}: {where} is {value!r}; a whole number {low}..{high} is allowed")


def _check_references(settings: Settings) -> None:
    for agent in settings.agents.values():
        unknown = sorted(set(agent.calls) - set(settings.tools))
        if unknown:
            raise BadSettings(
                f"agents.yaml: {agent.name} calls unknown tools: {', '.join(unknown)}"
            )
    if not settings.hosts:
        raise BadSettings("allowlist.yaml: hosts is missing or empty")
