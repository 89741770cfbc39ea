"""Which objects have a state that may only change together with an entry?

The rooms above own them and declare them here, as followers subscribe: this room knows no other.
A declared model has a `version` of its state and names its `last_transition`.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import models


@dataclass(frozen=True)
class Tie:
    """Say where the state of one kind of object stands, and in which state it begins."""

    kind: str  # of its subjects, as in `proposal:…`
    model: type[models.Model]
    columns: tuple[str, ...]  # which together are the state
    first: str

    @property
    def table(self) -> str:
        """Return the table of its rows."""
        return self.model._meta.db_table

    @property
    def by_uuid(self) -> bool:
        """Tell whether its keys are UUIDs, which SQLite writes without their dashes."""
        return isinstance(self.model._meta.pk, models.UUIDField)

    def subject(self, key: uuid.UUID | int) -> str:
        """Name an object as its entries do."""
        return f"{self.kind}:{key}"

    def state(self, row: Any) -> str:
        """Return the present state of a row."""
        return " ".join(str(getattr(row, column)) for column in self.columns).strip()


_declared: list[Tie] = []


def declare(tie: Tie) -> None:
    """Have the database watch over this kind of object from the next migration on."""
    if tie not in _declared:
        _declared.append(tie)


def declared() -> tuple[Tie, ...]:
    """Return every kind of object whose state is tied."""
    return tuple(_declared)
