"""Which values are secrets by their place in a structure: a list, a pair, a command line?"""

import re
from collections.abc import Iterator, Sequence

from telemetry.sanitizer.rules import (
    HARMLESS_VALUES,
    REFERENCE,
    STRONG_NAMES,
    has_harmless_suffix,
)
from telemetry.sanitizer.spans import Span, is_placeholder

_NAME = re.compile(
    rf"(?:{STRONG_NAMES}|(?<=[_\-])pass(?![A-Za-z]))(?P<suffix>[\w\-]{{0,24}}+)", re.IGNORECASE
)
_MARK = r"[\"']{0,2}[ \t]{0,8}[:=][ \t]{0,8}"
_VALUE = (
    r"(?:[\"'](?P<quoted>[^\"'\r\n]{1,4000}+)"
    r"|(?P<bare>[^\s\"'<>,;}\[\](|\-][^\s\"'<>,;}\]]{0,4000}+))"
)
_BEFORE = 64  # signs before a name that tell what it is part of

# {"name": "DB_PASSWORD", "value": "…"}, also over two lines as YAML writes it
_CALLED = re.compile(
    rf"\b(?:name|key|field|header|parameter){_MARK}[\"']?[\w\-.]{{0,40}}+$", re.IGNORECASE
)
_ITS_VALUE = re.compile(
    rf"[\"']?[ \t]{{0,8}},?(?:\r?\n[ \t]{{0,32}}|[ \t]{{0,8}})[\"']?value{_MARK}{_VALUE}",
    re.IGNORECASE,
)
# {"password": {"value": "…"}}
_INNER = re.compile(
    rf"{_MARK}\{{[ \t]{{0,8}}[\"']?(?:value|plaintext|plain|data|current|old|new){_MARK}{_VALUE}",
    re.IGNORECASE,
)
# "passwords": ["…", "…"]
_LIST = re.compile(rf"{_MARK}\[(?P<items>[^\[\]\r\n]{{1,4000}}+)\]")
_ITEM = re.compile(r"[\"'](?P<value>[^\"'\s,]{1,1000}+)[\"']|(?P<bare>[^\s\"',\[\]]{1,1000}+)")
# --password … on a command line
_OPTION = re.compile(r"(?<![\w\-])--?[\w\-]{0,40}+$")
_ARGUMENT = re.compile(rf"[ \t]{{1,4}}{_VALUE}")
# the password is …
_TOLD = re.compile(rf"[ \t]{{1,4}}(?:is|was|ist)[ \t:]{{1,4}}{_VALUE}", re.IGNORECASE)
_SENTENCE = re.compile(r"[ \t]+[a-z]{2,}")
_LETTERS = re.compile(r"[A-Za-z.,:;!?]+$")


def shaped_values(text: str, places: Sequence[int]) -> Iterator[Span]:
    """Yield values that a name at one of these places, two steps away, calls secret."""
    position = 0
    for place in places:
        name = _NAME.match(text, place) if place >= position else None
        if name is None:
            continue
        position = name.end()
        harmless = name["suffix"] and has_harmless_suffix(name["suffix"])
        if not harmless:
            yield from _beside(text, name)
        if not harmless or name.group().lower() in {"passwords", "secrets"}:
            yield from _listed(text, name)


def _beside(text: str, name: re.Match[str]) -> Iterator[Span]:
    """Yield the one value that belongs to a name."""
    end, before = name.end(), text[max(0, name.start() - _BEFORE) : name.start()]
    value = _INNER.match(text, end) or (
        _ITS_VALUE.match(text, end) if _CALLED.search(before) else None
    )
    if value is None and _OPTION.search(before):
        value = _ARGUMENT.match(text, end)
        words = value and _LETTERS.match(value.group("bare") or "")
        if value and words and _SENTENCE.match(text, value.end()):
            value = None  # a sentence speaks of the option
    if value is None and name.group().lower().startswith(("pass", "pwd")):
        value = _TOLD.match(text, end)
        value = value if value and _is_odd(value.group("bare") or value.group("quoted")) else None
    if value:
        yield from _judged(value, "quoted" if value.group("quoted") else "bare", 0)


def _is_odd(said: str) -> bool:
    """Tell `password is hunter2` from `password is required` and `password is 8 signs`."""
    kept = said.rstrip(".,:;!?)").replace("-", "").replace("_", "")
    return len(kept) >= 4 and not kept.isalpha() and any(sign.isalpha() for sign in kept)


def _listed(text: str, name: re.Match[str]) -> Iterator[Span]:
    """Yield the items of a list of secrets; a list of sentences is what a form complains about."""
    found = _LIST.match(text, name.end())
    items = found.group("items") if found else ""
    if not found or is_placeholder(f"[{items}]") or " " in items.replace(", ", ","):
        return
    for item in _ITEM.finditer(items):
        yield from _judged(item, "value" if item.group("value") else "bare", found.start("items"))


def _judged(match: re.Match[str], group: str, offset: int) -> Iterator[Span]:
    value = match.group(group)
    if not (is_placeholder(value) or HARMLESS_VALUES.match(value) or REFERENCE.match(value)):
        yield Span(offset + match.start(group), offset + match.end(group), "shaped-value")
