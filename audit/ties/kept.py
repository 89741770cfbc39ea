"""Which rows of the rooms above may not change any more once they are final?

A room declares its table here, as it declares ties: this room knows no other. The database then
refuses to change a final row, to change a fixed column of any row, and to take a row away.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """Say when a row of a table is final, which columns never change, and what a refusal says."""

    table: str
    final: str  # a condition in SQL on OLD
    fixed: tuple[str, ...]
    words: str


_declared: list[Kept] = []


def declare(kept: Kept) -> None:
    """Have the database watch over the rows of a table from the next migration on."""
    if kept not in _declared:
        _declared.append(kept)


def declared() -> tuple[Kept, ...]:
    """Return every table whose rows are kept."""
    return tuple(_declared)
