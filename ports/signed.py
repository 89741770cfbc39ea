"""Did whoever holds the secret send exactly these bytes, just now, as Standard Webhooks has it?"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "whsec_"
VERSION = "v1"
TOLERANCE = 300  # seconds, before and behind
SHORTEST, LONGEST, DRAWN = 24, 64, 32  # bytes of a secret
MOST_SIGNATURES = 20
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

Secrets = tuple[bytes, ...]


class BadSecret(ValueError):
    """What should be a secret is none; the words never repeat it."""


@dataclass(frozen=True)
class Signed:
    """The three headers of a message, as they came."""

    uid: str
    timestamp: str
    signatures: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Signed":
        """Read them, whatever is missing."""
        return cls(*(headers.get(name, "").strip() for name in (ID, TIMESTAMP, SIGNATURE)))


def drawn() -> str:
    """Draw a secret that nobody had before."""
    return PREFIX + base64.b64encode(os.urandom(DRAWN)).decode()


def read_secrets(text: str) -> Secrets:
    """Return the secrets of a text, several with blanks between while one replaces another."""
    found = tuple(_secret(word) for word in text.split())
    if not found:
        raise BadSecret("there is no secret")
    return found


def _secret(word: str) -> bytes:
    if not word.startswith(PREFIX):
        raise BadSecret(f"a secret begins with {PREFIX}")
    try:
        secret = base64.b64decode(word.removeprefix(PREFIX).encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise BadSecret(f"what follows {PREFIX} is not base64") from error
    if not SHORTEST <= len(secret) <= LONGEST:
        raise BadSecret(
            f"a secret has {SHORTEST} to {LONGEST} bytes, and this one has {len(secret)}"
        )
    return secret


def headers(secrets: Secrets, uid: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of a message, signed with every secret."""
    made = " ".join(_signature(secret, uid, str(timestamp), body) for secret in secrets)
    return {ID: uid, TIMESTAMP: str(timestamp), SIGNATURE: made}


def fault(secrets: Secrets, signed: Signed, body: bytes, now: float) -> str:
    """Say why a message is not let in, or nothing when it is."""
    if not (signed.uid and signed.timestamp and signed.signatures):
        return f"{ID}, {TIMESTAMP} and {SIGNATURE} have to be there"
    uid, moment = signed.uid, signed.timestamp
    if len(uid) > 64 or not (uid.isascii() and uid.isprintable()) or " " in uid:
        return f"{ID} is no id of at most 64 signs"
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return f"{TIMESTAMP} is no number of seconds"
    given = signed.signatures.split()[:MOST_SIGNATURES]
    wanted = [_signature(secret, uid, moment, body) for secret in secrets]
    # Every pair is compared, so that the time taken tells nothing of which one it was.
    held = [
        hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
        for one in given
        for other in wanted
    ]
    if not any(held):
        return f"{SIGNATURE} does not hold: both sides need the same secret"
    if abs(now - int(moment)) > TOLERANCE:
        return f"{TIMESTAMP} is more than {TOLERANCE} seconds away: compare both clocks"
    return ""


def _signature(secret: bytes, uid: str, timestamp: str, body: bytes) -> str:
    signed = f"{uid}.{timestamp}.".encode() + body
    made = hmac.new(secret, signed, hashlib.sha256).digest()
    return f"{VERSION},{base64.b64encode(made).decode()}"
