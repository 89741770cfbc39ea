"""What is sent back for a request?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True)
class Sent:
    """Hold status, body and headers of an answer."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def sent(status: int, answer: BaseModel, **headers: str) -> Sent:
    """Make an answer ready to be sent or remembered."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Sent(status, answer.model_dump(mode="json"), named)
