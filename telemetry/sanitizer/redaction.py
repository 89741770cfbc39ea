"""How does a text read once everything that must not leave has been taken out?"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from telemetry.sanitizer import places
from telemetry.sanitizer.credentials import credential_spans, spans_in
from telemetry.sanitizer.spans import CUT, DROPPED, PLACEHOLDERS, Finding, Span, findings, merged
from telemetry.sanitizer.views import View

LIMIT_BYTES = 65_536
ROUNDS = 6
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_Step = Callable[[View], Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Policy:
    """What may stay whole: URLs of these domains and below, paths in these folders.

    With a key, findings carry a fingerprint: repeats can be counted, the secret cannot be guessed
    without the key.
    """

    allowed_domains: tuple[str, ...] = ()
    allowed_paths: tuple[str, ...] = ()
    key: bytes = field(default=b"", repr=False)

    def with_allowed(self, domains: Iterable[str], paths: Iterable[str]) -> "Policy":
        """Return the policy that lets these stay too."""
        return Policy((*self.allowed_domains, *domains), (*self.allowed_paths, *paths), self.key)


_STRICT = Policy()


def sanitize(text: str | None, policy: Policy | None = None) -> tuple[str, tuple[Finding, ...]]:
    """Return the text without secrets and private places, and what was found in it."""
    if not text:
        return "", ()
    try:
        return _stable(text, policy or _STRICT)
    except Exception:  # noqa: BLE001  # whatever went wrong, an unread text must not get through
        return DROPPED, (Finding("failed", 0, len(text), 1),)


def secrets_in(text: str) -> tuple[Finding, ...]:
    """Return the credentials in a text; addresses, URLs and paths are not counted."""
    return tuple(findings(text, merged(credential_spans(text))))


def _stable(text: str, policy: Policy) -> tuple[str, tuple[Finding, ...]]:
    """Repeat until nothing changes, so that what a replacement uncovers is found as well."""
    steps = _steps(policy)
    if _is_simple(text) and not spans_in((View(text),), text):
        return text, ()
    found: list[Finding] = []
    current = _capped(_storable(View(text)))
    unread = len(steps)  # so many steps, from the first, have not read the text as it is now
    for _ in range(ROUNDS):
        before = current
        for number, step in enumerate(steps):
            if number >= unread and current is before:
                break
            if seen := step(current):
                current = _without(seen, current, text, found, policy.key)
                unread = number + 1
        if current is before or current.text == before.text:
            return current.text, tuple(found)
        current, was = _capped(current), current
        unread = unread if current is was else len(steps)
    return DROPPED, (*found, Finding("unstable", 0, len(text), 1))


def _is_simple(text: str) -> bool:
    """Say whether a text has one reading and no place: only a credential could be in it.

    So are most names, codes and sentences. No sign stands here that an escape, an address, a path
    or a mail address needs, and none that no database takes.
    """
    return (
        text.isascii()
        and len(text) <= LIMIT_BYTES
        and "\\" not in text
        and "%" not in text
        and "&" not in text
        and "@" not in text
        and "\x00" not in text
        and "::" not in text
        and text.count("/") < 2
        and text.count(".") < 3
        and text.count(":") < 6
    )


@lru_cache(maxsize=64)
def _steps(policy: Policy) -> Sequence[_Step]:
    domains = tuple(domain.lower().strip(".") for domain in policy.allowed_domains)
    paths = policy.allowed_paths
    return (
        lambda view: spans_in(view.readings, view.text),
        lambda view: places.url_spans(view.text, domains),
        lambda view: _in_readings(places.email_spans, view),
        lambda view: _in_readings(places.ip_spans, view),
        lambda view: places.path_spans(view.text, paths),
    )


def _without(
    seen: Sequence[Span], view: View, text: str, found: list[Finding], key: bytes
) -> View:
    """Return the view without what a step has seen, and note it; it is not read again."""
    spans = merged(seen)
    places = [Span(*view.original(span.start, span.end), span.rule) for span in spans]
    found += findings(text, places, key)
    return view.replaced([(span.start, span.end, span.replacement) for span in spans])


def _in_readings(look: Callable[[View], Iterable[Span]], view: View) -> list[Span]:
    """Look also where signs are escaped, hidden or exchanged for look-alikes."""
    found = []
    for reading in view.readings:
        for span in look(reading):
            start, end = reading.original(span.start, span.end)
            if view.text[start:end] not in PLACEHOLDERS:
                found.append(Span(start, end, span.rule, span.replacement))
    return found


def _storable(view: View) -> View:
    """Replace what no database takes: NUL and lone surrogates."""
    if view.text.isascii() and "\x00" not in view.text:
        return view
    found = [
        (m.start(), m.end(), "\ufffd" * (1 if m.group() == "\x00" else 3))
        for m in _UNSTORABLE.finditer(view.text)
    ]
    return view.replaced(found) if found else view


def _capped(view: View) -> View:
    """Cut at the limit, before a word that the cut would split: half a secret is still one."""
    text = view.text
    if len(text) * 4 <= LIMIT_BYTES or len(raw := text.encode()) <= LIMIT_BYTES:
        return view
    head = raw[: LIMIT_BYTES - 64].decode("utf-8", "ignore")
    blank = max(head.rfind(sign, len(head) - 4096) for sign in " \n\t")
    kept = blank if blank > 0 else len(head) - 4096
    return view.replaced([(kept, len(text), " " + CUT)])
