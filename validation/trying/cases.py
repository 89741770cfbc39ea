"""Which failing case is a change said to cure?"""

from dataclasses import dataclass

LARGEST = 256 * 1024


@dataclass(frozen=True)
class Case:
    """Hold what is known of a failure, as a target's replay hook gets to read it."""

    name: str  # for people
    content: bytes  # one JSON object
