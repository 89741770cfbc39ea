"""Which policies does a text hold, and where exactly is what is wrong with one?"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

import cedarpy

LARGEST = 64 * 1024
MOST = 200
LONGEST = 8_000  # characters of one policy
# Cedar's reader follows brackets and conditions by recursion: a deep text would end this process.
DEEPEST = 20
MOST_SIGNS = 200  # that join parts, each of which it follows one deeper
_UNFINISHED = "unexpected end of input"
_PIECES = re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"?|[^/";]+|.', re.DOTALL)
_CONDITION = re.compile(r"\bif\b")
_JOINT = re.compile(r"&&|\|\||[-+*.!]")
_FOR_POLICY = re.compile(r"^for policy `[^`]*`, ")
_FOR_ACTION = re.compile(r' for Action::"[^"]*"(?= |$)')
_NAMED = re.compile(r'`(?:Action::)?"?([^`"]+)"?`')
_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")


class Source(StrEnum):
    """Say whose policy it is."""

    SHIPPED = "shipped"
    OWN = "own"
    TARGET = "target"
    TRIED = "tried"


@dataclass(frozen=True)
class Flaw:
    """Say what is wrong with a policy, where, and what to do."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        """Write it as compilers do."""
        return (
            f"{self.file}:{self.line}: {self.what}" if self.line else f"{self.file}: {self.what}"
        )


class BadPolicies(Exception):
    """Policies cannot be used as they stand, so nothing may pass; `flaws` says why."""

    def __init__(self, *flaws: Flaw) -> None:
        self.flaws = flaws
        super().__init__("; ".join(map(str, flaws)))


@dataclass(frozen=True)
class Text:
    """Hold one file of policies, as it was read."""

    file: str
    text: str
    source: Source


@dataclass(frozen=True)
class Policy:
    """Hold one policy with its sentence for people and its place."""

    id: str
    says: str
    effect: str
    text: str
    file: str
    line: int
    source: Source
    parsed: str  # Cedar's own JSON of it

    @property
    def forbids(self) -> bool:
        """Tell whether it can only deny."""
        return self.effect == "forbid"


def read(given: Text) -> tuple[Policy, ...]:
    """Return the policies of one file; raise BadPolicies with every flaw and its line."""
    if len(given.text.encode("utf-8", "replace")) > LARGEST:
        what = f"has more than {LARGEST} bytes: split it"
        raise BadPolicies(Flaw(given.file, 0, what))
    statements = list(islice(_statements(given.text), MOST + 1))
    if len(statements) > MOST:
        raise BadPolicies(Flaw(given.file, 0, f"has more than {MOST} policies: split it"))
    found: list[Policy] = []
    flaws: list[Flaw] = []
    for line, text in statements:
        try:
            found.append(_policy(given, line, text))
        except BadPolicies as bad:
            flaws += bad.flaws
    if not found and not flaws:
        flaws.append(Flaw(given.file, 0, "holds no policy: write one, or remove the file"))
    if flaws:
        raise BadPolicies(*flaws)
    return tuple(found)


def unsound(policy: Policy, schema: str) -> Iterator[Flaw]:
    """List what a policy asks that no request can answer: misspelt names, types that differ."""
    told = set()
    for error in cedarpy.validate_policies(policy.text, schema).errors:
        words = _FOR_ACTION.sub("", _FOR_POLICY.sub("", error.error))
        if words not in told:
            told.add(words)
            yield Flaw(policy.file, policy.line + _offset(policy.text, words), f"{words}")


def _policy(given: Text, line: int, text: str) -> Policy:
    if what := _too_much(text):
        raise BadPolicies(Flaw(given.file, line, what))
    try:
        document = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        offset, what = _syntax(text, str(error))
        raise BadPolicies(Flaw(given.file, line + offset, what)) from error
    if document["templates"]:
        what = "is a template: write the principal and the resource instead of ?principal"
        raise BadPolicies(Flaw(given.file, line, what))
    [parsed] = document["staticPolicies"].values()
    notes: Mapping[str, Any] = parsed.get("annotations") or {}
    name = notes.get("id") or ""
    if not _ID.fullmatch(name):
        what = 'needs a name of lower-case letters, digits and _: write @id("name") above it'
        raise BadPolicies(Flaw(given.file, line, what))
    if not (says := notes.get("says") or ""):
        what = f'says nothing to people: write @says("…") above {name}'
        raise BadPolicies(Flaw(given.file, line, what))
    parsed_text = json.dumps(parsed, sort_keys=True)
    return Policy(name, says, parsed["effect"], text, given.file, line, given.source, parsed_text)


def _too_much(text: str) -> str:
    """Say why a policy must not even be handed to Cedar, or nothing."""
    if len(text) > LONGEST:
        return f"has more than {LONGEST} characters: say it in several policies"
    depth = deepest = conditions = signs = 0
    for piece in _PIECES.finditer(text):
        if piece[0].startswith(("//", '"')):
            continue
        conditions += len(_CONDITION.findall(piece[0]))
        signs += len(_JOINT.findall(piece[0]))
        for sign in piece[0]:
            depth += (sign in "([{") - (sign in ")]}")
            deepest = max(deepest, depth)
    if max(deepest, conditions) > DEEPEST:
        return f"nests brackets or conditions more than {DEEPEST} deep: say it in several policies"
    if signs > MOST_SIGNS:
        return f"joins more than {MOST_SIGNS} parts: say it in several policies"
    return ""


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Cut a text at each ; that stands in no string and no comment; give each with its line."""
    start, kept = 0, ""
    for piece in _PIECES.finditer(text):
        if not kept.strip():
            if piece[0].startswith("//") or not piece[0].strip():
                continue
            start, kept = piece.start() + _indent(piece[0]), ""
            kept = piece[0][_indent(piece[0]) :]
        else:
            kept += piece[0]
        if piece[0] == ";":
            yield text.count("\n", 0, start) + 1, kept
            kept = ""
    if kept.strip():
        yield text.count("\n", 0, start) + 1, kept.rstrip()


def _indent(piece: str) -> int:
    return len(piece) - len(piece.lstrip())


def _syntax(text: str, words: str) -> tuple[int, str]:
    """Find the line at which a text cannot be read on any more, counted from its first."""
    lines = text.split("\n")
    if words == _UNFINISHED:
        return len(lines) - 1, "ends too early: a ; is missing, or a bracket is not closed"
    # Once a text is broken, more of it mends nothing: the first such line is found by halving.
    first = bisect_left(range(1, len(lines)), True, key=lambda count: _is_broken(lines[:count]))
    if first < len(lines) - 1:
        return first, words
    known = words.startswith(("unexpected token", "invalid token"))
    return (len(lines) - 1 if known else _offset(text, words)), words


def _is_broken(lines: list[str]) -> bool:
    try:
        cedarpy.policies_to_json_str("\n".join(lines))
    except ValueError as error:
        return str(error) != _UNFINISHED
    return False


def _offset(text: str, words: str) -> int:
    """Count the lines down to the first thing that a complaint names."""
    for name in _NAMED.findall(words):
        if (place := text.find(name)) >= 0:
            return text.count("\n", 0, place)
    return 0
