"""What started an evaluation besides the clock, and by which token where an agent asked?"""

from dataclasses import dataclass
from typing import Any

from telemetry.models import Token


@dataclass(frozen=True)
class Cause:
    """Hold the words that the evaluation's row shows, and whose token asked for it."""

    words: str = ""
    token: Token | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """Return what an evaluation's row keeps."""
        return {"cause": self.words, "token": self.token}

    @property
    def facts(self) -> dict[str, object]:
        """Return what the log states."""
        told: dict[str, object] = {"cause": self.words} if self.words else {}
        if self.token is not None:
            told |= {"token": self.token.pk, "token_start": self.token.start}
        return told


NOTHING = Cause()
