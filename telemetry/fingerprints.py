"""Do two failures look alike? Stateless: the same failure has the same fingerprint for ever."""

import hashlib
import re
from functools import cache

from telemetry.sanitizer.spans import PLACEHOLDERS

VERSION = 2
SLOT = "<*>"
_LONGEST = 2000  # signs of a message that tell failures apart
# A name below a domain that no module of a program ends on, or a longer one below others.
_LABEL = r"(?:[a-zA-Z0-9][\w\-]{0,62}\.)"
_HOST = (
    rf"(?<![\w.@/\-])(?:{_LABEL}{{1,8}}(?:com|net|org|edu|gov)"
    rf"|{_LABEL}{{2,8}}(?:internal|local|lan|corp|cloud))(?![\w(\-]|\.\w)"
)
_MARKED = rf"<?(?:{'|'.join(map(re.escape, sorted(PLACEHOLDERS)))})>?"
# What is tried at every sign and runs on from there, each with what it cannot do without.
_FAR = (
    ("://", r"[A-Za-z][A-Za-z0-9+.\-]{1,20}+://[^\s\"'<>]++"),  # URL
    ("@", r"[\w.%+\-]{1,64}+@[\w\-]{1,63}+\.[\w.\-]{1,64}+"),  # mail
    (".", _HOST),
)
_NEAR = (
    r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
    r"|\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
    r"|\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?"
    r"|\b\d{1,3}\.(?:\d{1,3}|x)\.(?:\d{1,3}|x)\.(?:\d{1,3}|x)\b(?::\d+)?"  # whole or masked IPv4
    r"|\b[0-9a-fA-F]{1,4}::x\b"
    r"|\"[^\"\n]{0,200}+\"|'[^'\n]{0,200}+'|`[^`\n]{0,200}+`"
    r"|(?<![\w.])(?:~|\.{1,2})?(?:/[\w.@+%~=#$\-]+)+/?"  # path
    r"|\b0x[0-9a-fA-F]+\b|\b(?=[a-fA-F]{0,40}\d)[0-9a-fA-F]{8,}\b"
    r"|\b(?=[A-Za-z_\-]{0,40}\d)\w++(?:-\w++)*\b"  # anything with a digit in it: ids and numbers
)
# Three items or more: `amber, birch, cedar`, `amber, birch or cedar`. A comma between two words
# alone is a sentence's.
_ITEM = r"(?:<\*>|(?!(?:and|or)\b)\w++(?:[.\-]\w++)*+)"
_LIST = re.compile(rf"(?<![\w.\-]){_ITEM}, {_ITEM}(?:(?:,|,? (?:and|or)) {_ITEM})+")
_SLOTS = re.compile(r"<\*>(?:[\s,:;/.\-]*<\*>)+")
_REMARK = re.compile(r"\s*[(\[{][^()\[\]{}]{0,2000}[)\]}]?[.!]?$")
_TELLING = 3  # words without which a gist says too little to join two kinds
_ALIKE = 5  # words of a beginning that two messages must share to be one kind
_BLANKS = re.compile(r"\s+")


def template(message: str) -> str:
    """Return the message with all that varies from one failure to the next as `<*>`."""
    said = message[:_LONGEST]
    variable = _variable(tuple(sign for sign, _ in _FAR if sign in said))
    text = _BLANKS.sub(" ", variable.sub(SLOT, said))
    if ", " in text:
        text = _LIST.sub(SLOT, text)
    return _SLOTS.sub(SLOT, text).strip()


@cache
def _variable(signs: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern of all that varies in a message where only these of the signs stand."""
    far = (pattern for sign, pattern in _FAR if sign in signs)
    return re.compile("|".join((_MARKED, *far, _NEAR)))


def gist(text: str) -> str:
    """Return a template without the remark in brackets at its end, if that leaves words."""
    kept = _REMARK.sub("", text)
    return kept if len(kept.split()) >= _TELLING else text


def alike(one: str, other: str) -> bool:
    """Say whether two templates of one tool and error code differ in an appended remark only."""
    shorter, longer = sorted((gist(one), gist(other)), key=len)
    enough = len(shorter.split()) >= _ALIKE
    return shorter == longer or (enough and longer.startswith(shorter + " "))


def fingerprint(
    *,
    target_id: int,
    event_type: str,
    component: str,
    error_code: str,
    message: str,
    explicit: str = "",
    frames: str = "",
) -> str:
    """Return 16 hex signs that all failures of one kind share.

    What the emitter itself calls the kind wins, then where it was raised (`module:function` of the
    top frames), then what the message says. Only the last depends on the normaliser's version.
    """
    if explicit:
        return _digest("explicit", target_id, event_type, explicit)
    if frames:
        return _digest("frames", target_id, event_type, component, error_code, frames)
    return of_template(
        target_id=target_id,
        event_type=event_type,
        component=component,
        error_code=error_code,
        text=template(message),
    )


def of_template(
    *, target_id: int, event_type: str, component: str, error_code: str, text: str
) -> str:
    """Return the fingerprint of failures whose message has this template."""
    return _digest(VERSION, target_id, event_type, component, error_code, text)


def _digest(*parts: object) -> str:
    key = "\x1f".join(str(part) for part in parts)
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).hexdigest()
