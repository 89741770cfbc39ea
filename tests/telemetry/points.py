"""How do tests make counts, and read a picture back?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Count:
    """Count one minute."""

    at: datetime
    calls: int
    failures: int


def minutes(counts: Sequence[tuple[int, int]], *, start: datetime = NOON) -> list[Count]:
    """Make one count per minute from (calls, failures)."""
    return [
        Count(start + timedelta(minutes=place), calls, failures)
        for place, (calls, failures) in enumerate(counts)
    ]


def parsed(picture: str) -> ElementTree.Element:
    """Read a picture as XML; raise when it is none."""
    return ElementTree.fromstring(picture)  # noqa: S314 - our own words


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """Find the shapes of one class."""
    return [one for one in root.iter() if name in (one.get("class") or "").split()]


def words(root: ElementTree.Element) -> list[str]:
    """List what the picture says in writing."""
    return [one.text or "" for one in root.iter(f"{SVG}text")]
