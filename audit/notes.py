"""How is a text signed so that software that is not ours can check who signed it?

C2SP signed notes with Ed25519, their keys, and the three lines of a checkpoint: pure functions.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01  # the only type of signature that we make or know
PRIVATE = "PRIVATE+KEY+"  # how the text of a private key begins
MOST_SIGNATURES = 64
LONGEST_NOTE = 100_000  # characters
_DASH = "\N{EM DASH}"
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_P = 2**255 - 19
_D = -121665 * pow(121666, _P - 2, _P) % _P
# The y of the eight points that a signature may be forged for (RFC 7748, section 7).
_Y8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_LOW_ORDER = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})


class BadKey(ValueError):
    """The text is not that of a key that we may use."""


class BadNote(ValueError):
    """The note is malformed, or not signed by a key that is known."""


@dataclass(frozen=True)
class Key:
    """Hold a public key under its name: what one needs to check a signature."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_point(self.public)

    @cached_property
    def id(self) -> bytes:
        """Return the four bytes that tell keys of one name apart."""
        return _key_id(self.name, self.public)

    @cached_property
    def _verifier(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)

    def __str__(self) -> str:
        """Write the key as others read it: NAME+ID+KEY."""
        return f"{self.name}+{self.id.hex()}+{_encode(bytes([ED25519]) + self.public)}"

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Say whether this key made the signature over the message."""
        try:
            self._verifier.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read NAME+ID+KEY; raise BadKey unless it is exactly what `str` would write."""
        name, key_id, material = _key_parts(text)
        key = cls(name, material)
        if key.id != key_id:
            raise BadKey("the key's id is not that of its name and bytes")
        return key


@dataclass(frozen=True)
class Signer:
    """Hold a private key under its name; its text is a secret and never shown by repr."""

    name: str
    _private: Ed25519PrivateKey

    @classmethod
    def make(cls, name: str) -> "Signer":
        """Make a new key."""
        _check_name(name)
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """Read what `secret` writes; raise BadKey, which never repeats the text."""
        if not text.startswith(PRIVATE):
            raise BadKey("it is not the text of a private key")
        name, key_id, seed = _key_parts(text.removeprefix(PRIVATE))
        signer = cls(name, Ed25519PrivateKey.from_private_bytes(seed))
        if signer.key.id != key_id:
            raise BadKey("the key's id is not that of its name and bytes")
        return signer

    @cached_property
    def key(self) -> Key:
        """Return the public half."""
        return Key(self.name, self._private.public_key().public_bytes_raw())

    def secret(self) -> str:
        """Write the private key on one line: PRIVATE+KEY+NAME+ID+SEED."""
        seed = bytes([ED25519]) + self._private.private_bytes_raw()
        return f"{PRIVATE}{self.name}+{self.key.id.hex()}+{_encode(seed)}"

    def sign(self, message: bytes) -> bytes:
        """Sign a message; the same one always gets the same signature."""
        return self._private.sign(message)


@dataclass(frozen=True)
class Signature:
    """Hold one line below a note's text."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        """Write the line, without its end."""
        return f"{_DASH} {self.name} {_encode(self.key_id + self.value)}"


def sign(text: str, *signers: Signer) -> str:
    """Write a note: the text and one line per signer."""
    _check_text(text)
    lines = [Signature(one.name, one.key.id, one.sign(text.encode())) for one in signers]
    return f"{text}\n" + "".join(f"{line}\n" for line in lines)


def parse(note: str) -> tuple[str, tuple[Signature, ...]]:
    """Take a note apart, strictly; nothing of it may be believed yet."""
    if len(note) > LONGEST_NOTE:
        raise BadNote(f"the note has {len(note)} characters, at most {LONGEST_NOTE}")
    text, gap, below = note.rpartition("\n\n")
    if not gap or not below.endswith("\n"):
        raise BadNote("the note has no signatures below an empty line")
    text += "\n"
    _check_text(text)
    lines = below.removesuffix("\n").split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadNote(f"the note has {len(lines)} signatures, at most {MOST_SIGNATURES}")
    return text, tuple(_signature(line) for line in lines)


def verify(note: str, known: Iterable[Key]) -> tuple[str, tuple[Key, ...]]:
    """Return the text and who of the known signed it; raise BadNote when it is nobody.

    Keys are told apart by name and id. A bad signature under a known key spoils the whole note;
    lines of others are passed over, as anyone may add them.
    """
    text, signatures = parse(note)
    keys = {(key.name, key.id): key for key in known}
    signed_by: dict[Key, None] = {}
    for one in signatures:
        key = keys.get((one.name, one.key_id))
        if key is None:
            continue
        if not key.signed(text.encode(), one.value):
            raise BadNote(f"the signature by {one.name} is not one over this text")
        signed_by[key] = None
    if not signed_by:
        raise BadNote("none of the known keys signed the note")
    return text, tuple(signed_by)


def checkpoint(*, origin: str, size: int, root: bytes) -> str:
    """Write the three lines that a checkpoint's signature covers."""
    return f"{origin}\n{size}\n{_encode(root)}\n"


def parse_checkpoint(text: str) -> tuple[str, int, bytes]:
    """Read origin, size and root; raise BadNote unless there is exactly that."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise BadNote("a checkpoint has three lines: origin, size and root")
    if not _SIZE.fullmatch(lines[1]):
        raise BadNote("the checkpoint's size is no number")
    root = _decode(lines[2])
    if root is None or len(root) != 32:
        raise BadNote("the checkpoint's root is no hash")
    return lines[0], int(lines[1]), root


def _signature(line: str) -> Signature:
    dash, space, rest = line.partition(" ")
    name, gap, value = rest.partition(" ")
    raw = _decode(value)
    if dash != _DASH or not space or not gap or raw is None or len(raw) < 5 or not _is_name(name):
        raise BadNote("a signature line is not of the form — NAME SIGNATURE")
    return Signature(name, raw[:4], raw[4:])


def _key_parts(text: str) -> tuple[str, bytes, bytes]:
    name, _, rest = text.partition("+")
    key_id, _, material = rest.partition("+")
    raw = _decode(material)
    if not re.fullmatch("[0-9a-f]{8}", key_id) or raw is None:
        raise BadKey("it is not the text of a key, which is NAME+ID+KEY")
    if len(raw) != 33 or raw[0] != ED25519:
        raise BadKey("it is not an Ed25519 key")
    return name, bytes.fromhex(key_id), raw[1:]


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([ED25519]) + public).digest()[:4]


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise BadKey("a key's name is printable text without spaces and without +")


def _is_name(name: str) -> bool:
    return bool(name) and name.isprintable() and "+" not in name and not re.search(r"\s", name)


def _check_text(text: str) -> None:
    if not text.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]", text):
        raise BadNote("a note's text ends its last line and holds no control characters")


def _check_point(public: bytes) -> None:
    """Refuse bytes that are no point, a second spelling of one, or one that proves nothing."""
    if len(public) != 32:
        raise BadKey("an Ed25519 key has 32 bytes")
    number = int.from_bytes(public, "little")
    y = number & (2**255 - 1)  # above it stands the sign of x
    if y >= _P:
        raise BadKey("the key is not in canonical form")
    if y in _LOW_ORDER:
        raise BadKey("the key is a point of low order, for which anyone can sign")
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise BadKey("the key is no point of the curve")


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: str) -> bytes | None:
    """Read base64 in its one spelling, or return None."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if _encode(raw) == text else None
