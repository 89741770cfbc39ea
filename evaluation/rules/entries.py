"""What may stand in the file of a playbook, and is each entry something that exists?"""

from typing import Literal

import re2
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from evaluation.rules.conditions import CONDITIONS
from evaluation.rules.remedies import RULES
from generations.engines.embedded.chain import FIXERS
from personas.fixers.structural import PATTERNS
from telemetry.models import EventType

COUNTED = frozenset(
    {
        *("component", "agent", "count", "sessions", "calls", "failures", "p95", "p99"),
        *("answered", "limit", "asked", "followed", "recovered", "together"),
    }
)
MOVED = frozenset({"key", "path", "old", "new", "difference", "min", "max", "meaning", "unit"})
MENDED = frozenset({"files", "fixer"})
OWNERS = ("{component}", "{agent}")


class Entry(BaseModel):
    """Refuse unknown and mistyped fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Match(Entry):
    """Describe the failures that a playbook explains; codes are compared without their dress."""

    event_types: list[str] = Field(min_length=1)
    error_codes: list[str] = []
    words: list[str] = []
    unless: list[str] = []  # words that tell of another cause than the words above
    says: list[str] = []  # patterns of RE2 that find `limit` and `asked` in a message

    @field_validator("says")
    @classmethod
    def finds_a_number(cls, patterns: list[str]) -> list[str]:
        """Refuse a pattern that cannot be read, or that finds neither number."""
        for pattern in patterns:
            try:
                groups = set(re2.compile(pattern).groupindex)
            except re2.error as error:
                raise ValueError(f"{pattern!r} is no pattern: {error}") from error
            if not groups or groups - {"limit", "asked"}:
                raise ValueError(f"{pattern!r} must find (?P<limit>…), (?P<asked>…) or both")
        return patterns

    @field_validator("event_types")
    @classmethod
    def known(cls, types: list[str]) -> list[str]:
        """Refuse an event type that does not exist."""
        return _types(types)


class Measure(Entry):
    """Say what one remedy of a playbook needs beside the playbook's own evidence, and does."""

    solution: str
    issues: str
    mitigation: str
    event_types: list[str] = []  # of the playbook's, those that this one is for; all where empty
    evidence: list[str] = []  # conditions beside those of the playbook

    @field_validator("event_types")
    @classmethod
    def happens(cls, types: list[str]) -> list[str]:
        """Refuse an event type that does not exist."""
        return _types(types)

    @field_validator("evidence")
    @classmethod
    def known(cls, names: list[str]) -> list[str]:
        """Refuse a condition that nobody wrote."""
        return conditions(names)


class Remedy(Measure):
    """Name one setting that may be moved, the rule that moves it, and how to say so."""

    key: str
    rule: str
    needs: str = ""  # a setting that must be above zero for this one to have any effect

    @field_validator("key", "needs")
    @classmethod
    def names_its_owner(cls, key: str) -> str:
        """Refuse a key that would change the same setting whatever failed."""
        if key and not set(OWNERS) & set(key.split(".")):
            raise ValueError("the key must have {component} or {agent} as one of its steps")
        return key

    @field_validator("rule")
    @classmethod
    def exists(cls, rule: str) -> str:
        """Refuse a rule that nobody wrote."""
        if rule not in RULES:
            raise ValueError(f"no rule {rule}; there are {', '.join(RULES)}")
        return rule


class Mend(Measure):
    """Name one code fixer, by which rules it may mend, and how the failures name the files."""

    fixer: str
    rules: list[str] = []  # those of the fixer that the failures speak of; all where empty
    said: list[str] = []  # one of which a message must hold; a template leaves values out
    named_by: list[Literal["path", "frame", "module"]] = Field(min_length=1)

    @field_validator("fixer")
    @classmethod
    def mends(cls, fixer: str) -> str:
        """Refuse a fixer that nobody wrote."""
        if fixer not in FIXERS:
            raise ValueError(f"no fixer {fixer}; there are {', '.join(FIXERS)}")
        return fixer

    @model_validator(mode="after")
    def asks_for_its_own(self) -> "Mend":
        """Refuse a rule that is another fixer's, or a pattern that nobody wrote."""
        for rule in self.rules:
            fixer, _, name = rule.partition(":")
            if fixer != self.fixer or not name:
                raise ValueError(f"{rule} is no rule of {self.fixer}")
            if fixer == "ast-grep" and not (PATTERNS / f"{name}.yml").is_file():
                known = ", ".join(sorted(path.stem for path in PATTERNS.glob("*.yml")))
                raise ValueError(f"ast-grep has no pattern {name}; there are {known}")
        return self


def conditions(names: list[str]) -> list[str]:
    """Refuse a condition that nobody wrote."""
    if unknown := sorted(set(names) - set(CONDITIONS)):
        raise ValueError(f"no condition {', '.join(unknown)}; there are {', '.join(CONDITIONS)}")
    return names


def _types(types: list[str]) -> list[str]:
    if unknown := set(types) - set(EventType.values):
        raise ValueError(f"no event type {', '.join(sorted(unknown))}")
    return types
