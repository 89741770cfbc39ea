"""Which values are secrets because of the name or scheme that stands before them?"""

import re
from collections.abc import Iterator, Sequence

from telemetry.sanitizer.rules import (
    HARMLESS_VALUES,
    REFERENCE,
    STRONG_NAMES,
    WEAK_NAMES,
    has_harmless_prefix,
    has_harmless_suffix,
)
from telemetry.sanitizer.spans import PLACEHOLDERS, Span, is_placeholder
from telemetry.sanitizer.tokens import looks_random

_NAME = re.compile(
    rf"(?:(?P<strong>{STRONG_NAMES})|(?P<weak>{WEAK_NAMES}))(?P<suffix>[\w\-]{{0,24}}+)",
    re.IGNORECASE,
)
# Between name and value: a closing quote, a sign, a YAML block mark. `==` and `::` are no signs.
_SIGN = re.compile(
    r"[\"'`\])]{0,2}[ \t]{0,8}"
    r"(?P<sign>:=|=>|->|=(?!=)|:(?!:)|>|,(?=[ \t]{0,4}[\"']))[ \t]{0,8}"
    r"(?:[|>][+\-]?[ \t]{0,8}\r?\n[ \t]{0,32}|\r?\n[ \t]{1,32}(?![\w\-\"']{1,64}[ \t]*:))?"
)
_QUOTED = {quote: re.compile(rf"[^{quote}\r\n]+") for quote in "\"'`"}
# A bare value ends at a blank, a quote, a closing bracket or the comma before the next name;
# inside a word these belong to it.
_BARE = re.compile(
    rf"(?:{'|'.join(map(re.escape, sorted(PLACEHOLDERS)))}"
    r"|[^\s\"'`<>&,;)}\]\\(\[]|[\"'`)}\](\[](?=[\w!#$%^*])"
    r"|[,;](?=[^\s\"'])(?![\w.\-]{1,40}[=:])|\\(?![\"'nrt\\]))+"
)
_WORD = re.compile(r"[A-Za-z]+(?:[-_.'][A-Za-z]+)*[.,:;!?]?$")
_PROSE_TAIL = re.compile(r"[ \t]+[A-Za-z]")
_JUDGED = 128  # signs of a value that decide whether it is a secret
_LINE_HEAD = re.compile(r"[ \t\-]*[\w.\"'\-]*$")


def named_values(text: str, places: Sequence[int]) -> Iterator[Span]:
    """Yield the values of names such as password, api_key or client secret at these places."""
    position = bare_end = 0
    names = frozenset(places)
    for place in places:
        name = _NAME.match(text, place) if place >= position else None
        if name is None:
            continue
        position = name.end()
        sign = _SIGN.match(text, position)
        if sign is None:
            continue
        if sign.end() in names and name.group("weak") is not None:
            continue  # `key=token=…`: the name behind the sign is the one that counts
        start, end = _value(text, sign.end(), bare_end)
        bare_end = max(bare_end, end)
        if end > start and _is_secret(text, name, sign, text[start : min(end, start + _JUDGED)]):
            yield Span(start, end, "named-value")
            position = end


def _value(text: str, start: int, known_end: int) -> tuple[int, int]:
    """Return where the value is; inside a value read before, the end is known: no second scan."""
    quoted = _QUOTED.get(text[start : start + 1])
    if start < known_end and not quoted:
        return start, known_end
    start += quoted is not None
    match = (quoted or _BARE).match(text, start)
    return (start, match.end()) if match else (start, start)


def _is_secret(text: str, name: re.Match[str], sign: re.Match[str], value: str) -> bool:
    weak = _is_weak(text, name)
    if weak and not looks_random(value):
        return False
    if is_placeholder(value) or HARMLESS_VALUES.match(value):
        return False
    if value[:2] in {"{", '{"', "{'"} or (value == "value" and sign.group("sign") == ","):
        return False  # a structure: what is in it is judged by its shape
    if REFERENCE.match(value) or value.lower() == name.group().lower():
        return False
    if weak:
        return True
    password = name.group("strong") is None or name.group("strong").lower().startswith("p")
    if value.isdigit() and not password:
        return len(value) >= 6
    if name.group().lower() in {"pwd", "oldpwd"} and value[0] in "/~":
        return False  # the working directory in an environment dump
    return not _WORD.match(value) or _is_word_secret(text, name, sign, value, password=password)


def _is_weak(text: str, name: re.Match[str]) -> bool:
    weak, suffix = name["weak"], name["suffix"]
    if weak is not None:
        at = name.start()
        alone = weak.lower() == "pass" and text[max(0, at - 1) : at] in {"_", "-"}
        return not alone or has_harmless_suffix(suffix)  # db_pass is strong, test_pass_rate not
    return bool(suffix and has_harmless_suffix(suffix)) or has_harmless_prefix(
        text[max(0, name.start() - 24) : name.start()]
    )


def _is_word_secret(
    text: str, name: re.Match[str], sign: re.Match[str], value: str, *, password: bool
) -> bool:
    """Tell a value made of letters from a sentence: `invalid token: unexpected end` has none."""
    if text[sign.end() : sign.end() + 1] in {'"', "'", "`"}:
        return " " not in value
    if sign.group("sign") in {"=", ":="}:
        return password or " " not in sign.group()
    tail = sign.end() + len(value)
    if sign.group("sign") == ">":
        return text[tail : tail + 2] == "</"
    if "\n" in sign.group():
        return password and not _PROSE_TAIL.match(text, tail)
    if not password or value[-1] in ".,:;!?" or _PROSE_TAIL.match(text, tail):
        return False
    line = text[text.rfind("\n", 0, name.start()) + 1 : name.start()]
    return len(line) < 64 and _LINE_HEAD.match(line) is not None
