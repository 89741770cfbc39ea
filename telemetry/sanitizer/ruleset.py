"""Which keys do issuers hand out, how are they recognised, and are the rules about them sound?

The rules are data: the TOML files in `issuers/`. Each is checked when it is read: its pattern must
compile and be bounded, its examples must be found and its counter-examples must not.
"""

import math
import random
import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from string import ascii_lowercase, ascii_uppercase, digits

from telemetry.sanitizer.engines import BadPattern, Pattern, compiled

RUN = "<run>"  # instead of a keyword: a run of sixteen or more token signs is in the text
_FIELDS = {
    "id": str,
    "says": str,
    "keywords": list,
    "regex": str,
    "examples": list,
    "harmless": list,
    "group": int,
    "entropy": float,
    "ignore_case": bool,
    "inside": bool,
}
_OPTIONAL = {"group", "entropy", "ignore_case", "inside"}
_LEAD = r"(?:^|[^A-Za-z0-9_\-])"
# Between a vendor's name and its value: the rest of the name, quotes, a sign.
_NEAR = (
    r"[\w.\-]{0,20}(?:key|token|secret|auth|pass|pwd|credential)[\w.\-]{0,16}"
    r"""["'\]]{0,2}[ \t]{0,4}(?:=>|:=|[=:,])[ \t]{0,4}["']{0,2}"""
)
_CLASS = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]", re.DOTALL)
# A run of token signs may be of any length: a rule begins at a token's first sign, so that each
# run is read once. Any other repeat without an end would read the rest of a text time and again.
_TOKEN_RUN = re.compile(r"\[(?:A-Z|a-z|A-F|a-f|0-9|\\w|\\-|_)+\]\{[0-9]+,\}")
_UNBOUNDED = re.compile(r"(?:[*+]|\{[0-9]+,\})(?!(?:=\{0,2\})?\)*$)")
_BLANK = re.compile(r"<([a-zA-Z])([0-9]{1,3})>")
_SIGNS = {
    "n": digits,
    "h": digits + "abcdef",
    "H": digits + "ABCDEF",
    "l": ascii_lowercase,
    "u": ascii_uppercase,
    "L": ascii_lowercase + digits,
    "U": ascii_uppercase + digits,
    "a": ascii_lowercase + ascii_uppercase + digits,
    "w": ascii_lowercase + ascii_uppercase + digits + "_-",
    "b": ascii_lowercase + ascii_uppercase + digits + "+/",
}


class BadRule(ValueError):
    """A rule file says something that cannot be used; the message names file, rule and remedy."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One issuer's format: one of the keywords must be present before the pattern is tried."""

    id: str
    says: str
    keywords: tuple[str, ...]
    regex: str
    examples: tuple[str, ...]
    harmless: tuple[str, ...]
    group: int = 0
    entropy: float = 0.0
    ignore_case: bool = False
    inside: bool = False  # may begin in the middle of a word
    pattern: Pattern = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Compile the pattern with what may stand before it."""
        object.__setattr__(self, "pattern", compiled(self.whole))

    @property
    def whole(self) -> str:
        """Return the pattern as it is searched for; its group 1 is the rule's own pattern."""
        flags = "(?i)" if self.ignore_case else ""
        lead = "" if self.inside else _LEAD
        return f"{flags}{lead}({self.regex.replace('{near}', _NEAR)})"

    def spans(self, raw: bytes) -> Iterator[tuple[int, int]]:
        """Yield where the secrets are."""
        for match in self.pattern.finditer(raw):
            start, end = match.span(1 + self.group)
            if end > start and (not self.entropy or entropy(raw[start:end]) >= self.entropy):
                yield start, end


def entropy(value: bytes | str) -> float:
    """Return the bits per sign of the value's own distribution."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


def filled(template: str, seed: int = 0) -> str:
    """Fill the blanks of an example, such as `ghp_<a36>`, with signs that stay the same."""
    chance = random.Random(zlib.crc32(template.encode()) + seed)  # noqa: S311  # examples, no keys

    def signs(match: re.Match[str]) -> str:
        return "".join(chance.choices(_SIGNS[match[1]], k=int(match[2])))

    return _BLANK.sub(signs, template)


def read(name: str, text: str) -> list[Rule]:
    """Read the rules of one file, or say which rule is wrong, how, and what to do."""
    try:
        entries = tomllib.loads(text).get("rule", [])
    except tomllib.TOMLDecodeError as error:
        raise BadRule(f"{name}: not TOML: {error}") from error
    return [_read_one(name, number, entry) for number, entry in enumerate(entries, start=1)]


def _read_one(name: str, number: int, entry: dict[str, object]) -> Rule:
    where = f"{name}: rule {entry.get('id', f'number {number}')!r}"
    for key, kind in _FIELDS.items():
        if key not in entry and key not in _OPTIONAL:
            raise BadRule(f"{where} has no {key}: add it")
        if key in entry and not isinstance(entry[key], kind):
            raise BadRule(f"{where}: {key} is not a {kind.__name__}: correct it")
    if unknown := entry.keys() - _FIELDS.keys():
        raise BadRule(f"{where} has unknown fields: {', '.join(sorted(unknown))}: remove them")
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    if _is_unbounded(str(entry["regex"]), inside=bool(entry.get("inside"))):
        raise BadRule(f"{where}: an unbounded repeat before the end of the regex: write {{0,n}}")
    try:
        rule = Rule(**values)  # type: ignore[arg-type]
    except BadPattern as error:
        raise BadRule(f"{where}: the regex does not compile: {error}") from error
    _prove(where, rule)
    return rule


def _is_unbounded(regex: str, *, inside: bool) -> bool:
    """Say whether a repeat without an end stands anywhere but at the end of the pattern."""
    bounded = regex.replace("{near}", "")
    if not inside:
        bounded = _TOKEN_RUN.sub("c", bounded)
    return bool(_UNBOUNDED.search(_CLASS.sub("c", bounded)))


def _prove(where: str, rule: Rule) -> None:
    """Try the rule on its own examples, keywords first as in earnest."""
    if not rule.keywords or not rule.examples or not rule.harmless:
        raise BadRule(f"{where} needs a keyword, an example and a counter-example")
    for keyword in rule.keywords:
        if keyword != keyword.lower() or len(keyword) < 2:
            raise BadRule(f"{where}: keyword {keyword!r} must be lower-case, two signs at least")
    for template in rule.examples:
        example = filled(template)
        hit = any(word in example.lower() or word == RUN for word in rule.keywords)
        if not hit or not any(rule.spans(f"x {example} y".encode())):
            raise BadRule(f"{where}: its example {template!r} is not found: widen the rule")
    for template in rule.harmless:
        if any(rule.spans(f"x {filled(template)} y".encode())):
            raise BadRule(f"{where}: its counter-example {template!r} is found: narrow the rule")


def checked(files: Iterable[tuple[str, str]]) -> tuple[Rule, ...]:
    """Read and check all files; an id may be given once."""
    rules: list[Rule] = []
    seen: dict[str, str] = {}
    for name, text in files:
        for rule in read(name, text):
            if rule.id in seen:
                raise BadRule(f"{name}: rule {rule.id!r} is in {seen[rule.id]} too: rename one")
            seen[rule.id] = name
            rules.append(rule)
    return tuple(rules)


def shipped() -> tuple[Rule, ...]:
    """Return the rules that come with the package."""
    folder = resources.files(__package__) / "issuers"
    found = sorted((entry for entry in folder.iterdir()), key=lambda entry: entry.name)
    return checked((e.name, e.read_text("utf-8")) for e in found if e.name.endswith(".toml"))
