"""How is an entry bound to a text that it does not hold, so that the text may be erased?

A bare hash of a short sentence can be guessed; keyed with a random salt that goes with the text,
the commitment that stays behind tells nothing.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

SALT_BYTES = 32


@dataclass(frozen=True)
class Kept:
    """Hold a text and the salt that its commitment was made with, in hex."""

    salt: str
    text: str

    @property
    def stated(self) -> dict[str, str | int]:
        """Return what the entry states about the text."""
        length = len(self.text.encode())
        return {"commit": commitment(bytes.fromhex(self.salt), self.text), "len": length}


def commitment(salt: bytes, text: str) -> str:
    """Bind to a text without showing it, in hex."""
    return hmac.digest(salt, text.encode(), "sha256").hex()


def salted(texts: Mapping[str, str]) -> dict[str, Kept]:
    """Give each text that is not empty a salt of its own."""
    return {
        name: Kept(secrets.token_hex(SALT_BYTES), text) for name, text in texts.items() if text
    }


def fits(stated: object, salt: str, text: str) -> bool:
    """Say whether this is the text that an entry is bound to."""
    try:
        raw = text.encode()
        found = hmac.digest(bytes.fromhex(salt), raw, "sha256").hex()
    except ValueError:  # no salt, or no text that can be written: both past the application
        return False
    return stated == {"commit": found, "len": len(raw)}
