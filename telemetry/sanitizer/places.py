"""Which addresses, URLs and paths in a text tell more of a system's inside than they should?"""

import ipaddress
import re
from collections.abc import Iterable, Iterator

from telemetry.sanitizer.engines import compiled
from telemetry.sanitizer.spans import EMAIL, EXTERNAL, PLACEHOLDERS, REST, Span
from telemetry.sanitizer.views import View

_URL = re.compile(
    r":(?:\\?/){2}"
    r"(?P<rest>(?:\\/|\\u[0-9a-fA-F]{4}|[^\s\"'<>`\\])++)"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,24}\Z")
_HOST = re.compile(
    r"(?P<host>\[[0-9A-Za-z:.%_]*\]|[^:/?#\[\]\\,;()|]*)(?P<port>:[0-9]{1,5})?(?![0-9])"
)
_EMAIL = re.compile(
    r"(?<![\w.%+\-])(?P<local>[\w.%+\-]{1,64}+)@[^\W_](?:[\w\-]{0,62}+\.){1,8}(?P<tld>[^\W\d_]{2,24}+)(?![\w\-])"
)
_NO_MAIL_LOCAL = frozenset({"git"})
_NO_MAIL_TLD = frozenset(
    {
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "js",
        "ts",
        "css",
        "py",
        "service",
        "timer",
        "socket",
    }
)
# Patterns begin with a sign, and look back behind it: so the search skips to where that sign is.
_IPV4 = re.compile(
    r"[0-9](?<![\w.][0-9])[0-9]{0,2}\.(?:[0-9]{1,3}\.){2}[0-9]{1,3}(?![\w]|\.[0-9])"
)
_LONG_V6 = compiled(r"(?:[0-9A-Fa-f]{1,4}:){5}")
_VERSION_BEFORE = re.compile(
    r"(?:\b(?:version|ver|release|rev|build|revision|v)[\"']?[ =:]{0,3}[\"']?|"
    r"\b(?:Chrome|Chromium|Safari|Firefox|Edg|OPR|Version|CriOS|FxiOS|AppleWebKit)/|"
    r"[=~><^]=[ ]?)$",
    re.IGNORECASE,
)
_IPV6 = re.compile(
    r"(?<![\w:.])(?P<open>\[)?(?P<address>[0-9A-Fa-f:]{2,39}+(?:(?<=:)(?:[0-9]{1,3}\.){3}[0-9]{1,3})?)(?:%[\w.\-]{1,15}+)?(?:(?P<close>\])|(?![\w:]))"
)
_MAPPED = re.compile(
    r"(?<![\w:.])(?P<prefix>(?:::|(?:0{1,4}:){5})(?:[fF]{4}:)(?:0:)?)(?=[0-9]{1,3}\.)"
)
_COMPONENT = r"[\w.@+%~=#$\-]"
_FOLDERS = re.compile(rf"(?:/{_COMPONENT}+)+/?")
# The slashes at which a path may begin that has more than is kept of one.
_FIRST_SLASH = re.compile(rf"/(?<!\w/)(?={_COMPONENT}+/{_COMPONENT}+/{_COMPONENT})")
_SLASH_OR_HOME = re.compile(rf"/(?={_COMPONENT}+/{_COMPONENT})")
_HOME = re.compile(rf"~{_COMPONENT}*\Z")
# What may stand before a path, so that it is one and not the middle of something else.
_FREE = re.compile(r"(?:(?<![\w.~/\\:\-\)\]}])|(?<=file://)|(?<=[=:,\"'(]))")
_LONGEST_HOME = 64
_QUOTED_PATH = re.compile(
    r"/(?:(?<=[\"'`]/)|(?P<home>(?<=[\"'`]~/))|(?P<drive>(?<=[\"'`][A-Za-z]:/)))"
    r"[^\"'`\r\n:*?<>|]{1,1024}+(?=[\"'`])"
)
_WINDOWS = re.compile(
    r"(?<![\w\\])(?:[A-Za-z]:\\{1,4}|\\{2,4}(?=[\w.$\-]{1,64}+\\))[\w.@+~=#$\-]+"
    r"(?:\\{1,4}[\w.@+~=#$\-]++(?: [\w.\-]{1,64}+(?=[\\.]))*)+"
)
_SEPARATORS = re.compile(r"[\\/]")
_ROOT = re.compile(r"[A-Za-z]:|\.")  # what is a component and tells nothing
_TWO_KEPT = re.compile(r"(?:[\\/]*+[^\\/]++){2}(?:\\++|/)")
_THREE_KEPT = re.compile(r"(?:[\\/]*+[^\\/]++){3}(?:\\++|/)")
_AUTHORITY = re.compile(r"[^/?#\\]*+")
_OPENERS = {")": "(", "]": "[", "}": "{"}
_UNIQUE_LOCAL = ipaddress.ip_network("fc00::/7")
_NO_HOST = {(0, 0, 0, 0), (255, 255, 255, 255)}


def url_spans(text: str, allowed_domains: tuple[str, ...]) -> list[Span]:
    """Return what a URL has beyond its scheme, domain and port."""
    if "://" not in text and ":\\/\\/" not in text:
        return []
    return list(_url_spans(text, allowed_domains))


def _url_spans(text: str, allowed_domains: tuple[str, ...]) -> Iterator[Span]:
    for match in _URL.finditer(text):
        if not _SCHEME.search(text, max(0, match.start() - 26), match.start()):
            continue
        rest = _trimmed(match.group("rest"))
        offset = match.start("rest")
        at = _userinfo(rest)
        if at:
            yield Span(offset, offset + at, "url-userinfo", "")
        host = _HOST.match(rest, at)
        if host is None or host.end() == at or not host.group("host"):
            continue
        if (
            host.end() < len(rest)
            and rest[host.end() :] not in {"/", REST}
            and not _allowed(host.group("host"), allowed_domains)
        ):
            yield Span(offset + host.end(), offset + len(rest), "url", "")


def _trimmed(rest: str) -> str:
    """Leave the sentence's punctuation outside, and a bracket that was opened before the URL."""
    while rest and (
        rest[-1] in ".,;:!?'|*" or (rest[-1] in ")]}" and rest.count(_OPENERS[rest[-1]]) == 0)
    ):
        rest = rest[:-1]
    return rest


def _userinfo(rest: str) -> int:
    authority = _AUTHORITY.match(rest)
    return rest.rfind("@", 0, authority.end() if authority else 0) + 1


def _allowed(host: str, domains: tuple[str, ...]) -> bool:
    """Compare whole labels of plain ASCII: neither github.com.evil.org nor a look-alike passes."""
    lowered = host.lower().rstrip(".")
    return host.isascii() and any(lowered == d or lowered.endswith("." + d) for d in domains)


def email_spans(view: View) -> Iterable[Span]:
    """Return e-mail addresses."""
    return _email_spans(view.text) if "@" in view.text else ()


def _email_spans(text: str) -> Iterator[Span]:
    for match in _EMAIL.finditer(text):
        if (
            match.group("local").lower() not in _NO_MAIL_LOCAL
            and match.group("tld").lower() not in _NO_MAIL_TLD
        ):
            yield Span(match.start(), match.end(), "email", EMAIL)


def ip_spans(view: View) -> Iterable[Span]:
    """Return addresses: an internal one keeps its network, an external one nothing; ports stay."""
    text = view.text
    if not view.found.addresses:
        return ()
    v6 = "::" in text or (text.count(":") >= 6 and _LONG_V6.search(view.raw) is not None)
    return [*_ipv4_spans(text), *(_ipv6_spans(text) if v6 else ())]


def _ipv4_spans(text: str) -> Iterator[Span]:
    for match in _MAPPED.finditer(text) if ":f" in text or ":F" in text else ():
        tail = _IPV4.match(text, match.end())
        if tail and (written := _shown_v4(tail.group())):
            yield Span(match.start(), tail.end(), "ipv6", written)
    for match in _IPV4.finditer(text):
        written = _shown_v4(match.group())
        if written and not _is_version(text, match.start()):
            yield Span(match.start(), match.end(), "ipv4", written)


def _is_version(text: str, start: int) -> bool:
    """Say whether the word before four numbers makes a version of them."""
    before = text[max(0, start - 16) : start]
    bare = before.rstrip("\"' =:\n")
    may_be = "=" in before[-3:] or (bare and bare[-1] in "/nredvNREDV")
    return bool(may_be and _VERSION_BEFORE.search(text, max(0, start - 16), start))


def _shown_v4(written: str) -> str | None:
    octets = written.split(".")
    numbers = tuple(map(int, octets))
    first, second = numbers[:2]
    if max(numbers) > 255 or first == 127 or numbers in _NO_HOST:
        return None
    if octets[0] == "10":
        return "10.x.x.x"
    link_local, shared = (first, second) == (169, 254), first == 100 and 64 <= second < 128
    private = (first, second) == (192, 168) or (first == 172 and 16 <= second < 32)
    inside = link_local or shared or private
    return f"{octets[0]}.{octets[1]}.x.x" if inside else EXTERNAL


def _ipv6_spans(text: str) -> Iterator[Span]:
    for match in _IPV6.finditer(text):
        written = match.group("address")
        if written.count(":") < 2 or not (
            any(s.isdigit() for s in written) or written.count(":") > 3
        ):
            continue
        shown = _shown_v6(written)
        if shown:
            both = match.group("open") and match.group("close")
            start = match.start() if both else match.start("address")
            end = match.end() if both or not match.group("close") else match.end() - 1
            yield Span(start, end, "ipv6", shown)


def _shown_v6(written: str) -> str | None:
    try:
        address = ipaddress.IPv6Address(written)
    except ValueError:
        return None
    if address.is_loopback or address.is_unspecified:
        return None
    if address.is_link_local:
        return "fe80::x"
    if address in _UNIQUE_LOCAL:
        return f"{address.exploded[:4]}::x"
    return EXTERNAL


def path_spans(text: str, allowed_paths: tuple[str, ...]) -> list[Span]:
    """Return what a path outside the allowlist has beyond its first two components."""
    found: list[tuple[int, int]] = []
    if ":\\" in text or "\\\\" in text:
        found += [match.span() for match in _WINDOWS.finditer(text)]
    if text.count("/") >= 2:
        if '"' in text or "'" in text or "`" in text:
            found += _quoted_paths(text)
        found += _paths(text)
    rests = (_path_rest(text, *place, allowed_paths) for place in dict.fromkeys(found))
    return [rest for rest in rests if rest and text[rest.start : rest.end] not in PLACEHOLDERS]


def _quoted_paths(text: str) -> Iterator[tuple[int, int]]:
    for match in _QUOTED_PATH.finditer(text):
        before = 1 if match["home"] is not None else 2 if match["drive"] is not None else 0
        yield match.start() - before, match.end()


def _paths(text: str) -> Iterator[tuple[int, int]]:
    """Yield the paths; whether one can begin at a slash is known there: none is read twice."""
    homes = "~" in text
    end = 0
    for slash in (_SLASH_OR_HOME if homes else _FIRST_SLASH).finditer(text):
        at = slash.start()
        start = _path_start(text, at, homes=homes) if at >= end else None
        if start is not None and (match := _FOLDERS.match(text, at)):
            end = match.end()
            yield start, end


def _path_start(text: str, slash: int, *, homes: bool) -> int | None:
    before = text[max(0, slash - 2) : slash]
    starts = []
    if homes and "~" in text[max(0, slash - _LONGEST_HOME) : slash]:
        home = text.rfind("~", max(0, slash - _LONGEST_HOME), slash)
        while home > 0 and text[home - 1] == "~":
            home -= 1
        starts += [home] * bool(_HOME.match(text, home, slash))
    if before == ".." or (before[-1:] == ":" and before[0].isascii() and before[0].isalpha()):
        starts.append(slash - 2)
    if before[-1:] == ".":
        starts.append(slash - 1)
    return next((place for place in (*starts, slash) if _FREE.match(text, place)), None)


def _path_rest(text: str, start: int, end: int, allowed_paths: tuple[str, ...]) -> Span | None:
    path = text[start:end]
    kept = (_THREE_KEPT if _ROOT.match(path) else _TWO_KEPT).match(path)
    if kept is None or path.startswith("//") or not path[kept.end() :].strip("/\\"):
        return None
    if any(_inside(path, prefix) for prefix in allowed_paths) and not _climbs(path):
        return None
    first, last = start + kept.end(), start + len(path.rstrip("."))
    return Span(first, last, "path", REST) if last > first else None


def _climbs(path: str) -> bool:
    """Say whether a path leaves a folder again."""
    return ".." in [part for part in _SEPARATORS.split(path) if part][1:]


def _inside(path: str, prefix: str) -> bool:
    prefix = prefix.rstrip("/\\")
    return path == prefix or path.startswith((prefix + "/", prefix + "\\"))
