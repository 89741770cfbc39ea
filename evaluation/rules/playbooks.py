"""Which known causes are there, and which of them explains a pattern?"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from pydantic import Field, ValidationError, field_validator, model_validator

from evaluation.rules.entries import (
    COUNTED,
    MENDED,
    MOVED,
    Entry,
    Match,
    Mend,
    Remedy,
    conditions,
)

_ENDINGS = ("error", "exception", "failure")


class BadPlaybook(Exception):
    """Say that a playbook cannot be used: file, field and reason, one per line."""


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
    change: list[Remedy] = []
    mend: list[Mend] = []  # tried after the settings

    @field_validator("evidence")
    @classmethod
    def known(cls, names: list[str]) -> list[str]:
        """Refuse a condition that nobody wrote."""
        return conditions(names)

    @model_validator(mode="after")
    def does_something(self) -> "Playbook":
        """Refuse a diagnosis that leads to nothing."""
        if not self.change and not self.mend:
            raise ValueError("it needs a [[change]] of a setting or a [[mend]] by a fixer")
        return self

    @property
    def remedies(self) -> tuple[Remedy | Mend, ...]:
        """Return what may be done, in the order in which it is tried."""
        return (*self.change, *self.mend)

    @property
    def codes(self) -> frozenset[str]:
        """Return the error codes as they are compared."""
        return frozenset(bare(code) for code in self.match.error_codes)

    def rank(self, *, event_type: str, error_code: str, template: str) -> int | None:
        """Tell how well the playbook explains a pattern: 0 by its code, 1 by its words."""
        if event_type not in self.match.event_types:
            return None
        code = bare(error_code)
        if code and code in self.codes:
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


def _undecided(playbooks: Sequence[Playbook]) -> list[str]:
    """Find two playbooks that know one code and do not say which of them is asked first."""
    return [
        f"{one.name} and {other.name} both explain {min(shared)} with the order {one.order}"
        for number, one in enumerate(playbooks)
        for other in playbooks[number + 1 :]
        if one.order == other.order
        and set(one.match.event_types) & set(other.match.event_types)
        and (shared := one.codes & other.codes)
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
    # What only some of its remedies know, the words about all of them cannot say.
    both = (frozenset() if playbook.mend else MOVED) | (frozenset() if playbook.change else MENDED)
    own = {"title", "problem", "root_cause", "rollback"}
    _fill(playbook.model_dump(include=own), "", COUNTED | both)
    said = {"key", "needs", "solution", "issues", "mitigation"}
    for number, remedy in enumerate(playbook.change):
        _fill(remedy.model_dump(include=said), f"change.{number}.", COUNTED | MOVED)
    for number, mend in enumerate(playbook.mend):
        _fill(mend.model_dump(include=said), f"mend.{number}.", COUNTED | MENDED)


def _fill(texts: Mapping[str, str], place: str, words: frozenset[str]) -> None:
    for field, text in texts.items():
        try:
            text.format(**dict.fromkeys(words, "x"))
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            known = ", ".join(sorted(words))
            raise BadPlaybook(
                f"{place}{field}: unknown placeholder {error}; known: {known}"
            ) from error


def _mistake(path: Path, item: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in item["loc"]) or "the whole"
    return f"{path.name}: {where}: {item['msg']}"
