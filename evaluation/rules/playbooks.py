"""Which known causes are there, and which of them explains a pattern?"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import re2
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from evaluation.rules.conditions import CONDITIONS
from evaluation.rules.remedies import RULES
from telemetry.models import EventType

WORDS = {
    *("component", "agent", "key", "path", "old", "new", "difference", "min", "max", "meaning"),
    *("count", "sessions", "calls", "failures", "p95", "p99", "answered", "unit"),
    *("limit", "asked", "followed", "recovered", "together"),
}
OWNERS = ("{component}", "{agent}")
_ENDINGS = ("error", "exception", "failure")


class BadPlaybook(Exception):
    """Say that a playbook cannot be used: file, field and reason, one per line."""


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

    @property
    def codes(self) -> frozenset[str]:
        """Return the codes as they are compared."""
        return frozenset(bare(code) for code in self.error_codes)

    @field_validator("event_types")
    @classmethod
    def known(cls, types: list[str]) -> list[str]:
        """Refuse an event type that does not exist."""
        return _types(types)


class Remedy(Entry):
    """Name one setting that may be moved, the rule that moves it, and how to say so."""

    key: str
    rule: str
    solution: str
    issues: str
    mitigation: str
    needs: str = ""  # a setting that must be above zero for this one to have any effect
    event_types: list[str] = []  # of the playbook's, those that this one is for; all where empty
    evidence: list[str] = []  # conditions beside those of the playbook

    @field_validator("key", "needs")
    @classmethod
    def names_its_owner(cls, key: str) -> str:
        """Refuse a key that would change the same setting whatever failed."""
        if key and not set(OWNERS) & set(key.split(".")):
            raise ValueError("the key must have {component} or {agent} as one of its steps")
        return key

    @field_validator("event_types")
    @classmethod
    def happens(cls, types: list[str]) -> list[str]:
        """Refuse an event type that does not exist."""
        return _types(types)

    @field_validator("evidence")
    @classmethod
    def known(cls, names: list[str]) -> list[str]:
        """Refuse a condition that nobody wrote."""
        return _conditions(names)

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
    evidence: list[str] = []  # conditions that every remedy needs
    change: list[Remedy] = Field(min_length=1)

    @field_validator("evidence")
    @classmethod
    def known(cls, names: list[str]) -> list[str]:
        """Refuse a condition that nobody wrote."""
        return _conditions(names)

    def rank(self, *, event_type: str, error_code: str, template: str) -> int | None:
        """Tell how well the playbook explains a pattern: 0 by its code, 1 by its words."""
        if event_type not in self.match.event_types:
            return None
        code = bare(error_code)
        if code and code in self.match.codes:
            return 0
        text = template.casefold()
        if any(word in text for word in self.match.unless):
            return None
        return 1 if any(word in text for word in self.match.words) else None


def load(folder: Path | None = None) -> tuple[Playbook, ...]:
    """Return the playbooks in their order; raise BadPlaybook with every mistake at once."""
    folder = folder or settings.CONFIG_DIR / "playbooks"
    mistakes: list[str] = []
    found = [_read(path, mistakes) for path in sorted(folder.glob("*.toml"))]
    playbooks = [playbook for playbook in found if playbook]
    names = [playbook.name for playbook in playbooks]
    mistakes += [f"the name {name} is used twice" for name in names if names.count(name) > 1]
    mistakes += _undecided(playbooks)
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


def bare(code: str) -> str:
    """Undress a code: botocore.exceptions.ReadTimeoutError is readtimeout, as read_timeout is."""
    name = re.split(r"[.:/]", code.strip())[-1] or code
    signs = "".join(sign for sign in name.casefold() if sign.isalnum())
    signs = re.sub(r"^(?:http|status)(?=\d+$)", "", signs)
    for ending in _ENDINGS:
        if signs != ending and signs.endswith(ending):
            return signs.removesuffix(ending)
    return signs


def _types(types: list[str]) -> list[str]:
    if unknown := set(types) - set(EventType.values):
        raise ValueError(f"no event type {', '.join(sorted(unknown))}")
    return types


def _conditions(names: list[str]) -> list[str]:
    if unknown := sorted(set(names) - set(CONDITIONS)):
        raise ValueError(f"no condition {', '.join(unknown)}; there are {', '.join(CONDITIONS)}")
    return names


def _undecided(playbooks: Sequence[Playbook]) -> list[str]:
    """Find two playbooks that know one code and do not say which of them is asked first."""
    return [
        f"{one.name} and {other.name} both explain {min(shared)} with the order {one.order}"
        for number, one in enumerate(playbooks)
        for other in playbooks[number + 1 :]
        if one.order == other.order
        and set(one.match.event_types) & set(other.match.event_types)
        and (shared := one.match.codes & other.match.codes)
    ]


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
    texts: dict[str, Any] = playbook.model_dump(exclude={"match", "change", "evidence"})
    for number, remedy in enumerate(playbook.change):
        texts |= {
            f"change.{number}.{key}": text
            for key, text in remedy.model_dump(exclude={"event_types", "evidence"}).items()
        }
    for field, text in texts.items():
        try:
            str(text).format(**values)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            known = ", ".join(sorted(WORDS))
            raise BadPlaybook(f"{field}: unknown placeholder {error}; known: {known}") from error


def _mistake(path: Path, item: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in item["loc"])
    return f"{path.name}: {where}: {item['msg']}"
