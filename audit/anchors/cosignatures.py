"""Did a witness really put its name to a checkpoint?

C2SP signed notes and cosignature/v1: pure functions over texts, to be lifted out at will.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from audit.anchors.stated import text_of

COSIGNATURE = 0x04  # Ed25519 over a checkpoint and a time
LATEST = 2**37  # seconds since 1970; beyond, no calendar of ours has a date
_NAME = re.compile(r"[^\s+]+")


class BadKey(ValueError):
    """This is not the key of a witness; the words say why."""


class NotCosigned(ValueError):
    """No line is a signature of this witness under this checkpoint; the words say why."""


@dataclass(frozen=True)
class WitnessKey:
    """Name a witness and hold what its signatures are checked with."""

    name: str
    id: bytes
    public: bytes


@dataclass(frozen=True)
class Cosignature:
    """Hold one signature line that was found right, and the time that it covers."""

    line: str
    at: datetime


def read_key(text: str) -> WitnessKey:
    """Read a vkey, `NAME+ID+KEY`; raise BadKey."""
    name, _, rest = text.strip().partition("+")
    identity, _, encoded = rest.partition("+")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKey("a witness's key is written NAME+ID+KEY, the last part in base64") from error
    if not _NAME.fullmatch(name) or len(key) != 33:
        raise BadKey("a witness's key is written NAME+ID+KEY, with a key of 33 bytes")
    if key[0] != COSIGNATURE:
        raise BadKey(f"the key is of kind {key[0]}; that of a witness is of kind {COSIGNATURE}")
    expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if identity.lower() != expected.hex():
        raise BadKey(f"the key of {name} has the id {expected.hex()}, not {identity[:20]!r}")
    return WitnessKey(name, expected, key[1:])


def find(lines: Iterable[str], note: str, key: WitnessKey) -> Cosignature:
    """Return the witness's signature among signature lines; raise NotCosigned."""
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        blob = _decoded(encoded)
        # Name and id together: lines of keys that we do not know are none of our business.
        if dash == "—" and name == key.name and blob[:4] == key.id:
            return Cosignature(line, _signed_at(blob[4:], text_of(note), key))
    raise NotCosigned(f"it answered without a signature of {key.name}")


def _signed_at(signature: bytes, text: str, key: WitnessKey) -> datetime:
    # Loading it takes a moment, which nobody shall wait for who has no witness.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    seconds = int.from_bytes(signature[:8], "big")
    if len(signature) != 72 or seconds > LATEST:
        raise NotCosigned(f"the signature of {key.name} has no right length or time")
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature[8:], message)
    except (InvalidSignature, ValueError) as error:
        raise NotCosigned(f"the signature of {key.name} is not one of this checkpoint") from error
    return datetime.fromtimestamp(seconds, UTC)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""  # a line that is no signature is like one of a key that we do not know
