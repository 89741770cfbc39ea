"""Is the text of an entry one that this product could have written?"""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from audit import log
from audit.events import TIED
from audit.writing.canonical import DEPTH_LIMIT, INTEGER_LIMIT

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_COMMITMENT = re.compile(r"[0-9a-f]{64}")
_MEMBERS: Mapping[str, type] = {
    "v": int,
    "uid": str,
    "at": str,
    "event": str,
    "actor": dict,
    "subject": str,
    "target": str,
    "payloads": dict,
    "facts": dict,
    "cites": list,
    "writer": str,
    "wseq": int,
    "wprev": str,
}
_WRITER = re.compile(r"[^\s+#]{1,150}#[0-9a-f]{16}")
_HASH = re.compile(r"[0-9a-f]{64}")


class Place(NamedTuple):
    """Name a writer's session, its entry's number, the hash of the one before, and the moment."""

    writer: str
    wseq: int
    wprev: str
    at: str


def flaw(body: str, uid: uuid.UUID) -> str | None:
    """Say why this cannot be the text of the entry with this name, or nothing."""
    return read(body, uid)[1]


def read(body: str, uid: uuid.UUID) -> tuple[Any, str | None]:
    """Return what a text holds, and why it cannot be that of the entry with this name."""
    members = _plainly_canonical(body)
    try:
        plain = members is not None
        members = members if plain else json.loads(body)
        if not isinstance(members, dict):
            return None, "its text is not that of an entry: it is no object"
        if not plain and log.canonical(members) != body:
            return members, "its text is not in canonical form"
        return members, _unlike_an_entry(members, uid)
    except (ValueError, RecursionError) as error:
        return members, f"its text is not that of an entry: {error}"[:300]


def cited(members: Mapping[str, Any]) -> tuple[uuid.UUID, ...]:
    """Return the entries on which a sound entry rests, each once."""
    return tuple(uuid.UUID(uid) for uid in dict.fromkeys(members["cites"]))


def place(members: Any) -> Place | None:
    """Return who wrote an entry and its place among that writer's; None where it names neither."""
    try:
        found = Place(members["writer"], members["wseq"], members["wprev"], members["at"])
    except (LookupError, TypeError):
        return None
    return found if tuple(map(type, found)) == (str, int, str, str) else None


def _small(digits: str) -> int:
    number = int(digits[:20])
    if abs(number) >= INTEGER_LIMIT:
        raise ValueError("a large integer")
    return number


def _none(text: str) -> None:
    raise ValueError(f"{text} is no number of ours")


_decode = json.JSONDecoder(parse_int=_small, parse_float=_none, parse_constant=_none).raw_decode
_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
).encode


def _plainly_canonical(body: str) -> Any:
    """Return what a text of the usual kind holds; None where it has to be looked at closely.

    Nearly every text is plain: without a sign that JSON writes in another way, no key of it can be
    one that we do not write. So it need not be walked through, member by member, a million times.
    """
    plain = body.isascii() and body.isprintable() and "\\" not in body
    if not plain or len(body) > log.BODY_LIMIT or _levels(body) > DEPTH_LIMIT:
        return None
    try:
        members, end = _decode(body)
    except (ValueError, RecursionError):
        return None
    return members if end == len(body) and _encode(members) == body else None


def _levels(body: str) -> int:
    """Return more levels than a text can have."""
    return body.count("{") + body.count("[")


def _unlike_an_entry(members: Mapping[str, Any], uid: uuid.UUID) -> str | None:
    for name, kind in _MEMBERS.items():
        if type(members.get(name)) is not kind:
            return f"its text is not that of an entry: {name} is missing or of the wrong kind"
    if members["uid"] != str(uid):
        return "its text names another entry"
    actor = members["actor"]
    if not (isinstance(actor.get("type"), str) and isinstance(actor.get("id"), str)):
        return "its text is not that of an entry: it names no actor"
    if not _MOMENT.fullmatch(members["at"]):
        return "its text is not that of an entry: it names no moment"
    datetime.fromisoformat(members["at"])
    if [str(uuid.UUID(str(one))) for one in members["cites"]] != members["cites"]:
        return "its text is not that of an entry: it cites what is no entry"
    return _bound_wrongly(members) or _moves_wrongly(members)


def _bound_wrongly(members: Mapping[str, Any]) -> str | None:
    """Say that it is bound to words or to a writer's other entries as ours are not, or nothing."""
    if not all(_is_commitment(one) for one in members["payloads"].values()):
        return "its text is not that of an entry: it is bound to words in no way of ours"
    if not _follows_in_its_session(members):
        return "its text is not that of an entry: it has no place among its writer's"
    return None


def _moves_wrongly(members: Mapping[str, Any]) -> str | None:
    """Say that it tells of a move where its event is none, or the other way, or nothing."""
    if ("move" in members) != (members["event"] in TIED):
        return "its text is not that of an entry: its event and its move do not belong together"
    move = members.get("move", {"version": 0, "from": "", "to": ""})
    kinds = {"version": int, "from": str, "to": str}
    if not isinstance(move, dict) or {name: type(value) for name, value in move.items()} != kinds:
        return "its text is not that of an entry: its move is of the wrong form"
    return None


def _is_commitment(stated: object) -> bool:
    if not (isinstance(stated, dict) and stated.keys() == {"commit", "len"}):
        return False
    commit, length = stated["commit"], stated["len"]
    whole = isinstance(commit, str) and _COMMITMENT.fullmatch(commit) is not None
    return whole and type(length) is int and length > 0


def _follows_in_its_session(members: Mapping[str, Any]) -> bool:
    first = members["wseq"] == 1
    before = members["wprev"] == "" if first else _HASH.fullmatch(members["wprev"])
    return bool(members["wseq"] >= 1 and before and _WRITER.fullmatch(members["writer"]))
