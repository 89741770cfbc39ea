"""How is a witness asked to put its name to a checkpoint, and what can it answer?"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Answer:
    """Hold what came back: the status of HTTP, the kind of content, and the text."""

    status: int
    kind: str
    text: str


class TemporaryError(Exception):
    """No answer came, or none that can be read; the message says why."""


class Witness(Protocol):
    """Take one request of the protocol C2SP tlog-witness."""

    def add_checkpoint(self, body: bytes) -> Answer: ...
