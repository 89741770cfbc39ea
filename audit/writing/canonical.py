"""How is an entry written as JSON, so that what it says has one spelling only?

Every act pays for this inside its transaction: what is as it should be is seen at one glance, and
only what is not is walked through again, to name it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

BODY_LIMIT = 65_535  # bytes; the length of a tile entry is a uint16 (C2SP tlog-tiles)
INTEGER_LIMIT = 2**53  # beyond it JSON numbers are not exact (RFC 8785)
DEPTH_LIMIT = 20  # levels; readers of JSON give up at depths of their own
_UNWRITABLE = re.compile("[\ud800-\udfff\x00]")
_SINGLE = frozenset({str, bool, type(None)})
# Without a look for circles: what is nested too deeply was refused before.
_WRITER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
)


class BadEntry(ValueError):
    """The entry cannot be written in canonical form."""


def canonical(value: Mapping[str, Any]) -> str:
    """Write JSON as RFC 8785 does, within a profile where sorted json.dumps agrees with it."""
    members = dict(value)
    if not _plain(members, 1):
        _check(members, "entry")  # it names what is wrong; subclasses of what is plain are fine
    text = _WRITER.encode(members)
    try:
        size = len(text.encode())
    except UnicodeEncodeError:  # a lone surrogate
        _check(members, "entry")
        raise
    if "\\u0000" in text:  # NUL, or a text about it
        _check(members, "entry")
    if size > BODY_LIMIT:
        raise BadEntry(f"entry: {size} bytes, at most {BODY_LIMIT}; cite less")
    return text


def check_text(value: str, where: str) -> None:
    """Raise BadEntry for a text that not every database and reader can hold."""
    if _UNWRITABLE.search(value):
        raise BadEntry(f"{where}: holds a lone surrogate or NUL")


def _plain(value: Mapping[Any, Any], depth: int) -> bool:
    """Say whether all members are of the kinds that JSON has, however they may be spelled."""
    for key in value:
        if not (type(key) is str and key.isascii() and key.isprintable()):
            return False
    return _all_plain(value.values(), depth)


def _all_plain(members: Iterable[Any], depth: int) -> bool:
    for member in members:
        kind = type(member)
        if kind in _SINGLE:
            continue
        if kind is int:
            plain = -INTEGER_LIMIT < member < INTEGER_LIMIT
        elif kind is dict:
            plain = depth < DEPTH_LIMIT and _plain(member, depth + 1)
        else:
            plain = kind is list and depth < DEPTH_LIMIT and _all_plain(member, depth + 1)
        if not plain:
            return False
    return True


def _check(value: object, where: str, depth: int = 0) -> None:
    if depth > DEPTH_LIMIT:
        raise BadEntry(f"{where[:80]}…: nested deeper than {DEPTH_LIMIT} levels")
    if isinstance(value, dict):
        _check_keys(value, where, depth)
    elif isinstance(value, list | tuple):
        for place, member in enumerate(value):
            _check(member, f"{where}[{place}]", depth + 1)
    elif isinstance(value, str):
        check_text(value, where)
    elif isinstance(value, bool) or value is None:
        return
    elif not (isinstance(value, int) and abs(value) < INTEGER_LIMIT):
        # The value itself is not named: it may be anything, secrets and endless numbers included.
        kind = "a large integer" if isinstance(value, int) else type(value).__name__
        raise BadEntry(f"{where}: {kind} is not text, a small integer, a flag or null")


def _check_keys(value: Mapping[Any, Any], where: str, depth: int) -> None:
    for key, member in value.items():
        if not (isinstance(key, str) and key.isascii() and key.isprintable()):
            raise BadEntry(f"{where}: key {key!r} is not printable ASCII text")
        _check(member, f"{where}.{key}", depth + 1)
