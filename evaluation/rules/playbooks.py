"""Which known causes are there, and which of them explains a pattern?"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from evaluation.rules.remedies import RULES
from telemetry.models import EventType

WORDS = {
    *("component", "key", "path", "old", "new", "difference", "min", "max", "meaning"),
    *("count", "sessions", "calls", "failures", "p95", "p99", "answered"),
}


class BadPlaybook(Exception):
    """Say that a playbook cannot be used: file, field and reason, one per line."""


class Entry(BaseModel):
    """Refuse unknown and mistyped fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Match(Entry):
    """Describe the failures that a playbook explains."""

    event_types: list[str] = Field(min_length=1)
    error_codes: list[str] = []
    words: list[str] = []

    @field_validator("event_types")
    @classmethod
    def known(cls, types: list[str]) -> list[str]:
        """Refuse an event type that does not exist."""
        if unknown := set(types) - set(EventType.values):
            raise ValueError(f"no event type {', '.join(sorted(unknown))}")
        return types


class Remedy(Entry):
    """Name one setting that may be moved, the rule that moves it, and how to say so."""

    key: str
    rule: str
    solution: str
    issues: str
    mitigation: str
    needs: str = ""  # a setting that must be above zero for this one to have any effect

    @field_validator("key", "needs")
    @classmethod
    def names_the_component(cls, key: str) -> str:
        """Refuse a key that would change the same setting whatever failed."""
        if key and "{component}" not in key.split("."):
            raise ValueError("the key must have {component} as one of its steps")
        return key

    @field_validator("rule")
    @classmethod
    def exists(cls, rule: str) -> str:
        """Refuse a rule that nobody wrote."""
        if rule not in RULES:
            raise ValueError(f"no rule {rule}; there are {', '.join(RULES)}")
        return rule


class Playbook(Entry):
    """Hold one deterministic diagnosis: what it looks like, and what may be changed."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    order: int
    kind: Literal["bugfix"]
    risk: Literal["low", "medium", "high"]
    minimum: int = Field(ge=1)
    title: str
    problem: str
    root_cause: str
    rollback: str
    match: Match
    change: list[Remedy] = Field(min_length=1)

    def rank(self, *, event_type: str, error_code: str, template: str) -> int | None:
        """Tell how well the playbook explains a pattern: 0 by its code, 1 by its words."""
        if event_type not in self.match.event_types:
            return None
        if error_code.strip().casefold() in self.match.error_codes:
            return 0
        text = template.casefold()
        return 1 if any(word in text for word in self.match.words) else None


def load(folder: Path | None = None) -> tuple[Playbook, ...]:
    """Return the playbooks in their order; raise BadPlaybook with every mistake at once."""
    folder = folder or settings.CONFIG_DIR / "playbooks"
    mistakes: list[str] = []
    found = [_read(path, mistakes) for path in sorted(folder.glob("*.toml"))]
    playbooks = [playbook for playbook in found if playbook]
    names = [playbook.name for playbook in playbooks]
    mistakes += [f"the name {name} is used twice" for name in names if names.count(name) > 1]
    if mistakes:
        raise BadPlaybook("\n".join(dict.fromkeys(mistakes)))
    return tuple(sorted(playbooks, key=lambda playbook: (playbook.order, playbook.name)))


def explaining(
    playbooks: Sequence[Playbook], *, event_type: str, error_code: str, template: str
) -> tuple[Playbook, ...]:
    """Return the playbooks that explain a pattern, those that know its error code first."""
    ranked = [
        (rank, playbook)
        for playbook in playbooks
        if (rank := playbook.rank(event_type=event_type, error_code=error_code, template=template))
        is not None
    ]
    return tuple(playbook for _, playbook in sorted(ranked, key=lambda pair: pair[0]))


def _read(path: Path, mistakes: list[str]) -> Playbook | None:
    try:
        playbook = Playbook(**tomllib.loads(path.read_text(encoding="utf-8")))
        _try_texts(playbook)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        mistakes.append(f"{path.name}: not readable as TOML: {error}")
    except ValidationError as error:
        mistakes += [_mistake(path, item) for item in error.errors()]
    except BadPlaybook as error:
        mistakes.append(f"{path.name}: {error}")
    else:
        return playbook
    return None


def _try_texts(playbook: Playbook) -> None:
    """Fill every text once, so that a wrong placeholder is found here and not at two at night."""
    values = dict.fromkeys(WORDS, "x")
    texts: dict[str, Any] = playbook.model_dump(exclude={"match", "change"})
    for number, remedy in enumerate(playbook.change):
        texts |= {f"change.{number}.{key}": text for key, text in remedy.model_dump().items()}
    for field, text in texts.items():
        try:
            str(text).format(**values)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            known = ", ".join(sorted(WORDS))
            raise BadPlaybook(f"{field}: unknown placeholder {error}; known: {known}") from error


def _mistake(path: Path, item: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in item["loc"])
    return f"{path.name}: {where}: {item['msg']}"
