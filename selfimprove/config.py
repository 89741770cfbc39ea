"""Which settings are in force, and where did each come from."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

from benchmarks.options import Benchmarks
from delivery.options import Delivery, Watch
from delivery.windows.options import Windows
from evaluation.options import Maintenance, Triggers
from generations.options import Generations
from notifications.options import Notifications
from personas.ledger.options import Spending
from ports.agentcore.options import AgentCore
from ports.forge.github.options import GitHub
from ports.llm.options import Models
from ports.sandbox import adapters
from proposals.standing.options import Standing
from proposals.waiting.options import Review
from selfimprove.api.options import Api
from selfimprove.chat.options import Chat
from selfimprove.mcp.options import Mcp
from selfimprove.publishing.options import Audit
from targets.testing.pythons import Interpreter
from telemetry.doors.options import Doors
from telemetry.sanitizer.engines import BadPattern, compiled

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "SELFIMPROVE_"
COMMAND_LINE = "SELFIMPROVE_SET"  # manage.py leaves its --set options here
FORBIDDEN_PATHS = (
    *("docker-compose.yml", ".env", ".env.example", "SYSTEM_CONTRACT.md"),
    *("tools-gateway/main.py", "tools-gateway/actions.yaml", "rag-ingestion/ingest.py"),
    *("agents/provision.py", "agents/generate_api_key.py"),
)


class BadConfiguration(ValueError):
    """The settings cannot be used as they stand."""


def _pattern(text: str) -> str:
    """Refuse what RE2 cannot search for, since a pattern that is not searched blocks nothing."""
    try:
        compiled(text)
    except (BadPattern, UnicodeEncodeError) as error:
        raise ValueError(f"{text!r} is no pattern of ASCII for RE2: {error}") from error
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class Section(BaseModel):
    """Refuse unknown keys, so that a typo is an error and not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Web(Section):
    """Say where the pages are served."""

    host: str = "127.0.0.1"
    port: int = Field(default=8100, ge=1, le=65535)
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    threads: int = Field(default=4, ge=1, le=64)


class Worker(Section):
    """Size the queue's workers."""

    processes: int = Field(default=2, ge=1, le=16)
    timeout_seconds: int = Field(default=600, ge=10)


class Evaluation(Section):
    """Set what qualifies for a proposal, and who writes it."""

    engine: Literal["embedded", "model"] = "embedded"
    minimum_occurrences: int = Field(default=3, ge=1)
    window_hours: int = Field(default=24, ge=1)
    backoff_hours: int = Field(default=24, ge=0)


class Telemetry(Section):
    """Set what is collected and how long it is kept."""

    retention_days: int = Field(default=30, ge=1)
    rollup_days: int = Field(default=400, ge=1)
    most_ungrouped: int = Field(default=200_000, ge=1000)
    exposures: int = Field(default=100, ge=1)  # after which a remedy is judged by its pattern
    allowed_domains: tuple[str, ...] = ("github.com", "api.anthropic.com", "api.openai.com")
    allowed_paths: tuple[str, ...] = ()
    max_line_bytes: int = Field(default=65536, ge=1024)
    max_import_bytes: int = Field(default=1_000_000_000, ge=1024)


class Validation(Section):
    """Bound what a change may touch."""

    max_files: int = Field(default=10, ge=1)
    max_lines: int = Field(default=1000, ge=1)
    max_changes_per_day: int = Field(default=50, ge=1)
    own_policies: str = ""
    test_timeout_seconds: int = Field(default=120, ge=1)
    forbidden_paths: tuple[str, ...] = FORBIDDEN_PATHS
    blocked_patterns: tuple[Pattern, ...] = ()
    reuse_answers: bool = True
    pythons: dict[str, Interpreter] = Field(default_factory=dict)  # for the tests of a target


class Sandbox(Section):
    """Choose what stands between the code of a target and us."""

    backend: str = adapters.BUBBLEWRAP
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_made(self) -> "Sandbox":
        adapters.build(self.backend, self.options)
        return self


class Ticks(Section):
    """Set how often the short ticks run, in seconds."""

    collect_seconds: float = Field(default=5, gt=0)
    deliver_seconds: float = Field(default=2, gt=0)
    evaluate_seconds: float = Field(default=300, gt=0)


class Paths(Section):
    """Say where the product keeps what it writes."""

    data: Path = ROOT / "var"


class Configuration(BaseSettings):
    """Hold every setting, validated."""

    model_config = ConfigDict(extra="forbid", frozen=True)  # type: ignore[assignment]

    web: Web = Web()
    mcp: Mcp = Mcp()
    api: Api = Api()
    chat: Chat = Chat()
    worker: Worker = Worker()
    watch: Watch = Watch()
    evaluation: Evaluation = Evaluation()
    models: Models = Models()
    agentcore: AgentCore = AgentCore()
    maintenance: Maintenance = Maintenance()
    triggers: Triggers = Triggers()
    telemetry: Telemetry = Telemetry()
    doors: Doors = Doors()
    validation: Validation = Validation()
    benchmarks: Benchmarks = Benchmarks()
    generations: Generations = Generations()
    sandbox: Sandbox = Sandbox()
    review: Review = Review()
    delivery: Delivery = Delivery()
    windows: Windows = Windows()
    standing: Standing = Standing()
    github: GitHub = GitHub()
    notifications: Notifications = Notifications()
    ticks: Ticks = Ticks()
    audit: Audit = Audit()
    spending: Spending = Spending()
    paths: Paths = Paths()

    @classmethod
    def settings_customise_sources(cls, *args: Any, **sources: Any) -> tuple[Any, ...]:
        """Take values as arguments only: we merge the layers, so that origins are known."""
        return (sources["init_settings"],)


@dataclass(frozen=True)
class Effective:
    """One setting as it is in force."""

    section: str
    key: str
    value: object
    origin: str


Layer = tuple[str, dict[str, Any]]


def layers(environ: Mapping[str, str] | None = None) -> list[Layer]:
    """Read file, command line and environment, the weakest first."""
    environ = os.environ if environ is None else environ
    path = Path(environ.get(f"{PREFIX}CONFIG", ROOT / "config" / "selfimprove.toml"))
    return [
        (f"file {path.name}", _read_file(path)),
        ("command line", _read_command_line(environ.get(COMMAND_LINE, "[]"))),
        ("environment", _read_environment(environ)),
    ]


def load(environ: Mapping[str, str] | None = None) -> Configuration:
    """Return the settings in force; raise BadConfiguration naming the key and its origin."""
    merged: dict[str, Any] = {}
    found = layers(environ)
    for name, values in found:
        for section, keys in values.items():
            if not isinstance(keys, dict):
                raise BadConfiguration(f"{section} ({name}): a section holds keys, not {keys!r}")
            merged.setdefault(section, {}).update(keys)
    try:
        return Configuration(**merged)
    except ValidationError as error:
        raise BadConfiguration(_explain(error, found)) from error


def effective(environ: Mapping[str, str] | None = None) -> list[Effective]:
    """List every setting with its value and origin."""
    found = layers(environ)
    return [
        Effective(section, key, value, _origin(section, key, found))
        for section, part in load(environ)
        for key, value in part
    ]


def _origin(section: str, key: str, found: list[Layer]) -> str:
    named = [name for name, values in found if key in values.get(section, {})]
    return named[-1] if named else "default"


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadConfiguration(f"{path}: {error}") from error


def _read_command_line(text: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for pair in _pairs(text):
        name, sign, value = pair.partition("=")
        section, dot, key = name.partition(".")
        if not (sign and dot and section and key):
            raise BadConfiguration(f"--set {pair}: write it as --set section.key=value")
        values.setdefault(section, {})[key] = _literal(value)
    return values


def _pairs(text: str) -> list[str]:
    try:
        return [str(pair) for pair in json.loads(text)]
    except (json.JSONDecodeError, TypeError) as error:
        raise BadConfiguration(f"{COMMAND_LINE}: a JSON list of section.key=value") from error


def _literal(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    source = EnvSettingsSource(
        Configuration, env_prefix=PREFIX, env_nested_delimiter="__", case_sensitive=False
    )
    source.env_vars = {name.lower(): value for name, value in environ.items()}
    try:
        values = dict(source())
    except SettingsError as error:
        told = [name for name in sorted(environ) if name.startswith(PREFIX) and "__" in name]
        raise BadConfiguration(
            f"environment: {error}; lists are written as JSON, for example"
            f""" {PREFIX}WEB__ALLOWED_HOSTS='["example.org"]' (set: {", ".join(told) or "none"})"""
        ) from error
    if data := environ.get(f"{PREFIX}DATA_DIR"):
        values.setdefault("paths", {})["data"] = data
    return values


def _explain(error: ValidationError, found: list[Layer]) -> str:
    lines = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        section, _, key = where.partition(".")
        origin = _origin(section, key.split(".")[0], found) if key else "configuration"
        lines.append(f"{where} ({origin}): {problem['msg']}")
    return "\n".join(lines)
