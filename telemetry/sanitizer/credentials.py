"""Where in a text are credentials: keys, tokens, passwords, private keys, however wrapped?"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from telemetry.sanitizer import lookups
from telemetry.sanitizer.context import named_values
from telemetry.sanitizer.headers import announced_values
from telemetry.sanitizer.lookups import Lookup
from telemetry.sanitizer.shapes import shaped_values
from telemetry.sanitizer.spans import PLACEHOLDERS, Span
from telemetry.sanitizer.tokens import is_secret_token, unwrapped
from telemetry.sanitizer.views import View, joined, readings

WRAPPINGS = 2  # base64 in base64

_PEM_MARKER = re.compile(r"----[\- ](?:BEGIN|(?P<end>END)) [A-Z0-9 ]{1,40}-----?")
# A private key whose end is cut off: header lines, lines of base64, real or written-out breaks.
_PEM_BODY = re.compile(
    r"(?:(?:\\+[nr]|\s)*+"
    r"(?:(?:Proc-Type|DEK-Info|Version|Comment):[^\r\n\\]*+|[A-Za-z0-9+/=]{16,}+))*+"
    r"(?:(?:\\+[nr]|\s){1,4}+[A-Za-z0-9+/=]{1,15}+(?=\s*$|[\"'\\]))?"
)
_AUTHORITY = re.compile(r":(?:\\?/){2}(?P<rest>[^\s\"'<>`]++)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,24}\Z")
# Base64 as mail and command lines wrap it: lines of one length, then a shorter one.
_LINE = re.compile(r"[A-Za-z0-9+/_\-]++={0,2}")
_LINES = re.compile(r"[A-Za-z0-9+/_\-]++(?:\r?\n[ \t]{0,32}[A-Za-z0-9+/_\-]++={0,2})++")
_ENDS = ("\r", "\n")
_HEAD = re.compile(r"[^/?#\\]*+")


def credential_spans(text: str, wrappings: int = WRAPPINGS) -> list[Span]:
    """Return every stretch of the text that is a credential, in the text's own offsets."""
    return spans_in(readings(text), text, wrappings)


def spans_in(views: Iterable[View], text: str, wrappings: int = WRAPPINGS) -> list[Span]:
    """Return the credentials that any reading of the text shows."""
    spans: list[Span] = []
    for view in views:
        for span in _in_reading(view, wrappings):
            start, end = view.original(span.start, span.end)
            if text[start:end] not in PLACEHOLDERS:
                spans.append(Span(start, end, span.rule, span.replacement))
    return spans


def _in_reading(view: View, wrappings: int) -> Iterable[Span]:
    text, found = view.text, view.found
    if found.kinds or found.rules or found.runs or "@" in text:
        return _found_in(view, found, wrappings)
    return ()


def _found_in(view: View, found: Lookup, wrappings: int) -> Iterator[Span]:
    text = view.text
    if found.rules:
        yield from _issued(view, found)
    if found.kinds:
        yield from _announced(text, found)
    if "@" in text:
        yield from _passwords_in_urls(text)
    if found.runs:
        yield from _tokens(text, found.runs, wrappings)
        if wrappings and "\n" in text:
            yield from _wrapped_lines(text, found.runs, wrappings)


def _announced(text: str, found: Lookup) -> Iterator[Span]:
    if found.kinds & lookups.PEM:
        yield from _pem_blocks(text)
    yield from announced_values(text, found)
    if found.names:
        yield from named_values(text, found.names)
        yield from shaped_values(text, found.names)


def _issued(view: View, found: Lookup) -> Iterator[Span]:
    for rule in found.rules:
        for start, end in rule.spans(view.raw):
            yield Span(start, end, rule.id)
    whole = joined(view) if "\n" in view.text else view
    if whole is view:
        return
    for rule in found.rules:
        for start, end in rule.spans(whole.raw):
            start, end = whole.stretch(start, end)
            if "\n" in view.text[start:end]:
                yield Span(start, end, rule.id)


def _pem_blocks(text: str) -> Iterator[Span]:
    markers = list(_PEM_MARKER.finditer(text)) if "----" in text else []
    for marker, following in pairwise([*markers, None]):
        if marker is None or marker.group("end"):
            continue
        if following and following.group("end"):
            yield Span(marker.start(), following.end(), "pem")
            continue
        body = _PEM_BODY.match(text, marker.end())
        if body and body.group().strip("\\nr \n\t"):
            yield Span(marker.start(), body.end(), "pem")


def _passwords_in_urls(text: str) -> Iterator[Span]:
    for match in _AUTHORITY.finditer(text):
        before = _SCHEME.search(text, max(0, match.start() - 25), match.start())
        if before is None:
            continue
        rest, offset = match.group("rest"), match.start("rest")
        web = before.group().lower() in {"http", "https", "ws", "wss"}
        at = _userinfo_end(rest) if web else rest.partition("?")[0].rfind("@")
        start = rest.find(":", 0, max(at, 0)) + 1
        if at > start:
            yield Span(offset + start, offset + at, "url-password")


def _userinfo_end(rest: str) -> int:
    """Return where the @ after user:password is, although passwords hold bare / and @ at times."""
    head = _HEAD.match(rest)
    authority = head.group() if head else ""
    at = authority.rfind("@")
    if at >= 0:
        return at
    _, colon, port = authority.partition(":")
    return rest.rfind("@") if colon and not port.isdigit() and authority[0] != "[" else -1


def _blocks(text: str, runs: Sequence[tuple[int, int]]) -> Iterator[re.Match[str]]:
    position = 0
    for start, end in runs:
        if (
            start >= position
            and text[end : end + 1] in _ENDS
            and (block := _LINES.match(text, start))
        ):
            position = block.end()
            yield block


def _wrapped_lines(text: str, runs: Sequence[tuple[int, int]], wrappings: int) -> Iterator[Span]:
    """Yield blocks of base64 lines that hold a credential when they are joined."""
    for block in _blocks(text, runs):
        lines = [(m.group(), m.start(), m.end()) for m in _LINE.finditer(block.group())]
        first = 0
        while first < len(lines):
            last = first
            while last + 1 < len(lines) and len(lines[last][0]) == len(lines[first][0]):
                last += 1
            if len(lines[last][0]) > len(lines[first][0]):
                last -= 1
            if end := _readable_end(lines, first, last, wrappings):
                yield Span(block.start() + lines[first][1], block.start() + end, "wrapped-lines")
            first = last + 1


def _readable_end(
    lines: Sequence[tuple[str, int, int]], first: int, last: int, wrappings: int
) -> int:
    """Return where the block ends; the word in the line below may look like its last line."""
    for final in (last, last - 1):
        joined = "".join(line for line, _, _ in lines[first : final + 1])
        if final > first and (inner := unwrapped(joined)) is not None:
            return lines[last][2] * bool(credential_spans(inner, wrappings - 1))
    return 0


def _tokens(text: str, runs: Sequence[tuple[int, int]], wrappings: int) -> Iterator[Span]:
    for start, end in runs:
        padded = end
        while padded < end + 2 and text[padded : padded + 1] == "=":
            padded += 1
        token = text[start:padded]
        if is_secret_token(token):
            yield Span(start, padded, "random-token")
        elif wrappings and (inner := unwrapped(token)) and credential_spans(inner, wrappings - 1):
            yield Span(start, padded, "wrapped-credential")
