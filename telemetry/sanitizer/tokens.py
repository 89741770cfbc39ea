"""Does a run of signs look like a secret by itself: random, or a wrapping of one?"""

import base64
import re

from telemetry.sanitizer.ruleset import entropy

_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]++(?:-[0-9a-fA-F]++)*+-?$")
_DIGEST = re.compile(r"(?:sha(?:1|256|384|512)|md5|h1)[-:_]", re.IGNORECASE)
LONG = 32
_CLOUD_KEY = 40
_DIGIT = re.compile(r"[0-9]")
_LETTER = re.compile(r"[A-Za-z]")
_KINDS = (
    bytes(
        ord("d" if s.isdigit() else "u" if s.isupper() else "l" if s.islower() else "s")
        for s in map(chr, range(128))
    )
    + b"s" * 128
)
# A capital that opens a word is no surprise, nor is the sign between two words.
_TURNS = (b"du", b"dl", b"ds", b"ud", b"us", b"ld", b"lu", b"sd", b"su")
# The first of four signs of base64 that stand for readable ASCII; others need no decoding.
_READABLE = frozenset("CDIJKLMNOPQRSTUVWXYZabcdef")
# What a reader takes for one word or number: long in names and paths, short where chance wrote.
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_SHORT_PIECES = 3.4


def is_identifier(value: str) -> bool:
    """Say whether the value is a number, a UUID, a hash or made of words, as names of rows are."""
    return bool(_HEX.match(value)) or _turns(value) < 0.3


def _turns(value: str) -> float:
    """Return how often the kind of sign changes: seldom in words, often by chance."""
    kinds = value.encode("ascii", "replace").translate(_KINDS)
    return sum(map(kinds.count, _TURNS)) / max(1, len(value) - 1)


def looks_random(value: str) -> bool:
    """Say whether a value named like a key is one."""
    if len(value) < 16 or not value.isascii() or " " in value:
        return False
    if not _DIGIT.search(value) or not _LETTER.search(value):
        return False
    return not is_identifier(value) and entropy(value) >= 3.0


def is_secret_token(token: str) -> bool:
    """Say whether a token without any context is a secret: long, mixed and random."""
    if token.lower() == token or token.upper() == token:
        return False  # numbers, hashes and UUIDs are, and a secret of chance is not
    if len(token) == len(token.rstrip("=")) == _CLOUD_KEY and _is_cloud_key(token):
        return True
    if len(token) < LONG or _DIGEST.match(token) or token.count("/") > len(token) // 16:
        return False
    kinds = (str.isupper, str.islower, str.isdigit)
    mixed = all(any(kind(sign) for sign in token) for kind in kinds)
    return mixed and not is_identifier(token) and entropy(token) >= 3.8


def _is_cloud_key(token: str) -> bool:
    """Know a secret access key, which has 40 signs and slashes anywhere, from a path or a name."""
    kinds = (str.isupper, str.islower, str.isdigit)
    if "-" in token or "_" in token or not all(any(map(kind, token)) for kind in kinds):
        return False
    pieces = _PIECE.findall(token)
    return len("".join(pieces)) / len(pieces) < _SHORT_PIECES and entropy(token) >= 4.0


def unwrapped(token: str) -> str | None:
    """Return the readable text that the token is a base64 form of."""
    if len(token) < 20 or not _READABLE.issuperset(token[:12:4]):
        return None
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4))
        text = raw.decode("ascii")
    except ValueError:
        return None
    return text if sum(s.isprintable() or s.isspace() for s in text) == len(text) else None
