"""How are many findings of the same kind told as one, with nobody left out?"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHOWN = 160
NAMED = 3


@dataclass(frozen=True)
class Weakness:
    """Say what became weaker; the line is one of the file as it would be, if it is still there."""

    line: int | None
    message: str
    alike: str = ""  # what several of them have in common, where one sentence is enough
    who: str = ""  # what this one adds to it
    places: int = 1  # that it speaks of
    refuses: bool = False


def folded(found: Iterable[Weakness]) -> Iterator[Weakness]:
    """Join what has the same in common; the first one's line and place stand for all."""
    groups: dict[str, list[Weakness]] = {}
    for number, one in enumerate(found):
        groups.setdefault(one.alike or f"{number}", []).append(one)
    for group in groups.values():
        yield group[0] if len(group) == 1 else _joined(group)


def _joined(group: list[Weakness]) -> Weakness:
    """Name the first, count the others and tell them by their digest: a yes is to just these."""
    lines = [one.line for one in group if one.line is not None]
    named = "; ".join(one.who for one in group[:NAMED])
    rest = len(group) - NAMED
    if rest > 0:
        content = "\n".join(sorted(one.who for one in group))
        digest = hashlib.sha256(content.encode()).hexdigest()[:12]
        named += f"; and {rest} more, {digest} in all"
    what = f"{group[0].alike} ({len(group)}: {named})"
    return Weakness(min(lines, default=None), what, places=len(group))


def cut(text: str) -> str:
    """Return the beginning of a text, as one line."""
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= SHOWN else f"{one_line[: SHOWN - 1]}…"
