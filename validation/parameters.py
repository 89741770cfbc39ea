"""Which single values may a change move, and how far?"""

import hashlib
import tomllib
from dataclasses import dataclass, replace
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from validation import scalars
from validation.paths import matches

FILE = "parameters.toml"

Number = int | float


class BadParameters(ValueError):
    """The whitelist itself cannot be used as it stands."""


class Parameter(BaseModel):
    """Bound one value, or one kind of value, of a target's settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    path_glob: str = Field(alias="path", min_length=1)
    key: str = Field(min_length=1)
    type: Literal["integer", "number"]
    min: Number
    max: Number
    step: Number = Field(gt=0)
    largest_change: Number = Field(gt=0)
    risk: Literal["low", "medium", "high"] = "low"
    meaning: str = ""
    unit: str = ""
    targets: tuple[str, ...] = Field(default=("*",), min_length=1, strict=False)

    def is_for(self, target: str) -> bool:
        """Tell whether it holds for the target of this short name."""
        return any(fnmatchcase(target, glob) for glob in self.targets)

    def allows(self, old: object, new: object) -> str | None:
        """Return why the value may not move from old to new, or None when it may."""
        value = self._number(new)
        if value is None:
            return f"{new!r} is not {'an integer' if self.type == 'integer' else 'a number'}"
        if reason := self._outside(value):
            return reason
        before = self._number(old)
        if before is None:
            return f"it cannot be compared with {old!r}, the value before"
        moved, most = abs(value - before), Decimal(str(self.largest_change))
        if moved > most:
            return f"{old} → {new} moves it by {moved}; one change may move it by {most}"
        return None

    def admits(self, value: object) -> str | None:
        """Return why a value may not stand here at all, or None when it may."""
        number = self._number(value)
        if number is None:
            return f"{value!r} is not {'an integer' if self.type == 'integer' else 'a number'}"
        return self._outside(number)

    def _outside(self, value: Decimal) -> str | None:
        low, high, step = (Decimal(str(edge)) for edge in (self.min, self.max, self.step))
        if not low <= value <= high:
            return f"{value} lies outside {low} to {high}"
        if (value - low) % step:
            return f"{value} is not on the grid of {low} plus multiples of {step}"
        return None

    def _number(self, value: object) -> Decimal | None:
        """Read a number strictly: true is not 1, and 1.0 is no integer."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if self.type == "integer" and not isinstance(value, int):
            return None
        number = Decimal(str(value))
        return number if number.is_finite() else None


@dataclass(frozen=True)
class Parameters:
    """Hold the whitelist, and the digest of the file that it came from."""

    items: tuple[Parameter, ...] = ()
    digest: str = ""

    def of(self, target: str) -> "Parameters":
        """Return what of the whitelist holds for a target; no name for one that is not ours."""
        return replace(self, items=tuple(item for item in self.items if item.is_for(target)))

    def covers(self, path: str) -> bool:
        """Tell whether the file holds values that are whitelisted."""
        return any(matches(item.path_glob, path) for item in self.items)

    def find(self, path: str, key: str) -> Parameter | None:
        """Return what bounds this value of this file, or None when nothing permits it."""
        for item in self.items:
            if matches(item.path_glob, path) and _key_matches(item.key, key):
                return item
        return None

    def for_key(self, key: str) -> Parameter | None:
        """Return what bounds a setting of this name in whichever file it stands, or None."""
        return next((item for item in self.items if _key_matches(item.key, key)), None)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    parameter: tuple[Parameter, ...] = ()


def load(path: Path | None = None) -> Parameters:
    """Return the whitelist of this installation; raises BadParameters."""
    path = path or Path(settings.CONFIG_DIR) / FILE
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadParameters(f"{path}: {error.strerror}") from error
    return parse(content, where=str(path))


def parse(content: bytes, *, where: str = FILE) -> Parameters:
    """Return the whitelist that this file content declares."""
    try:
        document = _File.model_validate(tomllib.loads(content.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadParameters(f"{where}: it is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadParameters(f"{where}: {place}: {first['msg']}") from error
    for item in document.parameter:
        if item.min > item.max:
            raise BadParameters(f"{where}: {item.key}: min {item.min} is above max {item.max}")
    return Parameters(document.parameter, hashlib.sha256(content).hexdigest())


def _key_matches(pattern: str, key: str) -> bool:
    wanted, found = scalars.steps(pattern), scalars.steps(key)
    return len(wanted) == len(found) and all(
        part in ("*", name) for part, name in zip(wanted, found, strict=True)
    )
