"""Which agents are declared, and with which model, limits and prompt?"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from personas.wording import BYTES_IN_TEN, BadPrompt, Prompt, read

# Newer tokenizers make up to 30 % more tokens: a full question has to pass with them too.
FILLED = 0.75
REQUIRED = ("EvalAgent", "PlannerAgent", "Architect", "Builder", "Reviewer")


class BadAgents(Exception):
    """Say that agents.yaml cannot be used: one line per mistake, with file, agent and field."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Agent(BaseModel):
    """Hold one declared agent: who it is, which model answers for it, what it may say."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")
    persona: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    provider: Literal["anthropic", "bedrock", "embedded", "scripted"]
    model: str = Field(min_length=1)
    effort: Literal["low", "medium", "high", "xhigh", "max"]
    # Below the SDK's own limit of what it accepts in one answer of a current model.
    max_tokens: int = Field(ge=1, le=128_000)
    # Of what it is asked, beside the text of its role; a larger prompt is refused, never cut.
    max_prompt_tokens: int = Field(default=24_000, ge=1, le=1_000_000)
    extensions: list[str]
    prompt: Prompt

    @property
    def room(self) -> int:
        """Estimate how many characters of plain JSON it may be asked beside its role."""
        return int(self.max_prompt_tokens * FILLED) * BYTES_IN_TEN // 10

    @property
    def digest(self) -> str:
        """Return the digest of the whole declaration, the words of its prompt included."""
        fields = self.model_dump(mode="json")
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()

    @property
    def prompt_digest(self) -> str:
        """Return the digest of the words of its role."""
        return hashlib.sha256(self.prompt.text.encode()).hexdigest()


def load(path: Path | None = None) -> dict[str, Agent]:
    """Return the declared agents by name; raise BadAgents with every mistake at once."""
    path = path or settings.CONFIG_DIR / "agents.yaml"
    mistakes: list[str] = []
    agents = {}
    for name, fields in _declared(path).items():
        agent = _agent(path, str(name), fields, mistakes)
        if agent is not None:
            agents[agent.name] = agent
            mistakes += _unfitting(path, agent)
    missing = [name for name in REQUIRED if name not in agents]
    if missing and not mistakes:
        mistakes.append(f"{path.name}: not declared: {', '.join(missing)}")
    if mistakes:
        raise BadAgents(mistakes)
    return agents


def _declared(path: Path) -> Mapping[object, object]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadAgents([f"{path}: there is no such file"]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadAgents([f"{path.name}: not readable as YAML: {_short(error)}"]) from error
    agents = document.get("agents") if isinstance(document, dict) else None
    if not isinstance(agents, dict) or set(document) != {"agents"}:
        raise BadAgents(
            [f"{path.name}: expected one top-level key `agents`, agents by name below"]
        )
    return agents


def _agent(path: Path, name: str, fields: object, mistakes: list[str]) -> Agent | None:
    if not isinstance(fields, dict):
        mistakes.append(f"{path.name}: agent {name}: expected fields, found {fields!r}")
        return None
    try:
        return Agent(**{**_with_prompt(fields), "name": name})
    except BadPrompt as error:
        mistakes.append(f"{path.name}: agent {name}: field persona: {error}")
    except ValidationError as error:
        found = [item for item in error.errors() if item["loc"] != ("prompt",)]
        mistakes += [_mistake(path, name, item) for item in found]
    return None


def _with_prompt(fields: dict[str, Any]) -> dict[str, Any]:
    """Add the prompt that the persona names; a persona that is no text fails its own check."""
    persona = fields.get("persona")
    return {**fields, "prompt": read(persona)} if isinstance(persona, str) else fields


def _mistake(path: Path, name: str, item: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in item["loc"]) or "(whole entry)"
    if item["type"] == "extra_forbidden" and field == "temperature":
        text = "the model API no longer takes it; set effort instead"
    else:
        text = str(item["msg"])
    return f"{path.name}: agent {name}: field {field}: {text}"


def _unfitting(path: Path, agent: Agent) -> list[str]:
    """Refuse tools: none is given to anybody, so that a declared one would be a false promise."""
    if agent.extensions:
        words = "agents only reason and are given no tools; leave it empty"
        return [f"{path.name}: agent {agent.name}: field extensions: {words}"]
    return []


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
