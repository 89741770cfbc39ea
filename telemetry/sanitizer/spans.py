"""Where in a text does something have to go, and what takes its place?"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import NamedTuple

KEY = "[REDACTED_KEY]"
SCHEME_VALUE = "[REDACTED]"
EXTERNAL = "[EXTERNAL_IP]"
EMAIL = "[EMAIL]"
REST = "[...]"
CUT = "[CUT]"
DROPPED = "[UNSANITIZED_DROPPED]"
PLACEHOLDERS = frozenset({KEY, SCHEME_VALUE, EXTERNAL, EMAIL, REST, CUT, DROPPED})
_CLOSERS = ",;.)}|`…"  # what may stand right behind a value without being part of it


def is_placeholder(value: str) -> bool:
    """Know our own marks, also where a sentence ends behind them or was cut within them."""
    bare = value.rstrip(_CLOSERS)
    return bare.startswith("[") and any(mark.startswith(bare) for mark in PLACEHOLDERS)


class Span(NamedTuple):
    """One stretch of a text that has to be replaced."""

    start: int
    end: int
    rule: str
    replacement: str = KEY


class Finding(NamedTuple):
    """What was found where, without the thing itself."""

    rule: str
    start: int
    length: int
    line: int
    fingerprint: str = ""  # the same for the same secret, with the policy's key; else empty


def merged(spans: Sequence[Span]) -> list[Span]:
    """Join overlapping spans, so that no tail of a secret outlives its neighbour."""
    if len(spans) < 2:
        return list(spans)
    joined: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if joined and span.start < joined[-1].end:
            joined[-1] = _union(joined[-1], span)
        else:
            joined.append(span)
    return joined


def _union(first: Span, second: Span) -> Span:
    """Name the union after its longer part; a scheme such as Bearer keeps its own wording."""
    longer = first if first.end - first.start >= second.end - second.start else second
    scheme = SCHEME_VALUE in (first.replacement, second.replacement)
    replacement = SCHEME_VALUE if scheme else longer.replacement
    return Span(first.start, max(first.end, second.end), longer.rule, replacement)


def findings(text: str, spans: Iterable[Span], key: bytes = b"") -> list[Finding]:
    """Describe the spans by rule, place and length; with a key, each has its fingerprint."""
    found: list[Finding] = []
    line, counted = 1, 0
    for span in spans:
        line += text.count("\n", counted, span.start)
        counted = max(counted, span.start)
        mark = _fingerprint(text[span.start : span.end], key) if key else ""
        found.append(Finding(span.rule, span.start, span.end - span.start, line, mark))
    return found


def _fingerprint(secret: str, key: bytes) -> str:
    return hmac.new(key, secret.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]
