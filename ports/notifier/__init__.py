"""How does a message leave for people outside, and what may have become of it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Letter:
    """Hold one message, the same words in every form that an adapter may want."""

    uid: str  # the same when it is sent again, so that a receiver can tell
    title: str  # one line
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)  # for programs


class NotSent(Exception):
    """No receiver took the message; the words say why, for a person."""

    def __init__(self, reason: str, *, again_seconds: float = 0, unsure: bool = False) -> None:
        self.reason = reason
        self.again_seconds = again_seconds  # as the receiver asked to be left alone
        self.unsure = unsure  # it may have been taken all the same
        super().__init__(reason)


class Notifier(Protocol):
    """Send a message to one place."""

    def send(self, letter: Letter) -> None: ...
