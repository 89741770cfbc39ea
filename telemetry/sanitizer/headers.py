"""Which values are secrets because an authentication header or scheme announces them?"""

import re
from collections.abc import Iterator

from telemetry.sanitizer import lookups
from telemetry.sanitizer.lookups import Lookup
from telemetry.sanitizer.rules import HARMLESS_VALUES
from telemetry.sanitizer.spans import KEY, SCHEME_VALUE, Span, is_placeholder
from telemetry.sanitizer.tokens import looks_random

_SCHEME = re.compile(
    r"\b(?P<scheme>bearer|basic|digest|negotiate|token|apikey)"
    r"(?P<gap>[ \t]{1,8}|[ \t]{0,4}[:=][ \t]{0,4}|[ \t]{0,8}\r?\n[ \t]{0,32})"
    r"(?P<value>[A-Za-z0-9\-._~+/]+=*+)",
    re.IGNORECASE,
)
_AUTHORIZATION = re.compile(
    r"\b(?:proxy-)?authorization[\"']?[ \t]{0,4}[:=,][ \t]{0,4}[\"']?"
    r"(?P<scheme>[A-Za-z0-9\-]{2,20}[ \t]{1,8}(?=[^\s\"']))?"
    r"(?P<value>(?:[^\s\"'<>)\]},;]|[)\]},;](?=[^\s\"'<>)\]},;]))+)",
    re.IGNORECASE,
)
_COOKIE = re.compile(
    r"\b(?:set-)?cookie[\"']?[ \t]{0,4}[:=,][ \t]{0,4}[\"']?"
    r"(?P<value>[\w\-.!#$%&*+^|~]{1,128}+=[^\r\n\"']*+)",
    re.IGNORECASE,
)
_COOKIES = re.compile(
    r"\bcookies?(?:_jar|jar)?[\"']?[ \t]{0,4}[:=][ \t]{0,4}\{(?P<value>[^{}\r\n]{1,4000}+)\}",
    re.IGNORECASE,
)
_CURL = re.compile(
    r"(?:^|\s)(?:-u|--user|--proxy-user)[ \t=]{1,8}[\"']?[^\s:\"']{1,128}+:(?P<value>[^\s\"']+)"
)
_WORDS = re.compile(r"[A-Za-z]+(?:[-._'/][A-Za-z]+)*$")


def announced_values(text: str, found: Lookup) -> Iterator[Span]:
    """Yield what stands behind Authorization, Cookie, curl's -u or a scheme such as Bearer."""
    if found.kinds & lookups.AUTHORIZATION:
        yield from _authorizations(text)
    if found.kinds & lookups.COOKIE:
        yield from _values(_COOKIE, text, "cookie")
        yield from _values(_COOKIES, text, "cookie")
    if found.kinds & lookups.CURL:
        yield from _values(_CURL, text, "curl-user")
    yield from _schemes(text, found.schemes)


def _values(pattern: re.Pattern[str], text: str, rule: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        if not is_placeholder(match.group("value")):
            yield Span(*match.span("value"), rule)


def _authorizations(text: str) -> Iterator[Span]:
    for match in _AUTHORIZATION.finditer(text):
        value = match.group("value")
        if not is_placeholder(value) and not HARMLESS_VALUES.match(value):
            scheme = match.group("scheme")
            yield Span(*match.span("value"), "authorization", SCHEME_VALUE if scheme else KEY)


def _schemes(text: str, places: list[int]) -> Iterator[Span]:
    position = 0
    for place in places:
        match = _SCHEME.match(text, place) if place >= position else None
        if match is None:
            continue
        position = match.end()
        if _is_announced(match):
            start = match.start("value")
            yield Span(start, start + len(_value(match)), "scheme", SCHEME_VALUE)


def _value(match: re.Match[str]) -> str:
    return match.group("value").rstrip(".")


def _is_announced(match: re.Match[str]) -> bool:
    """Tell a scheme before a credential from a word of a sentence."""
    value, gap = _value(match), match.group("gap")
    bearer = match.group("scheme").lower() == "bearer"
    if gap.strip() and not bearer:
        return False  # `token: x` is a named value and judged there
    if looks_random(value):
        return True
    if "\n" in gap:  # the next line may be about something else
        return bearer and len(value) >= 20 and "-" not in value and value.isalnum()
    return bearer and _is_bearer_value(value)


def _is_bearer_value(value: str) -> bool:
    """Tell `Bearer abc123` from `bearer of news`."""
    if any(sign.isdigit() for sign in value):
        return len(value) >= 4
    plain = value.islower() or value.istitle() or value.isupper()
    return len(value) >= 24 or not (plain and _WORDS.match(value))
