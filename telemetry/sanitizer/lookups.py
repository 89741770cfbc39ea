"""Which kinds of rule are worth trying on a text, and where do their keywords stand?"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import product

from telemetry.sanitizer.engines import Keywords, compiled
from telemetry.sanitizer.rules import ISSUER_RULES, STRONG_WORDS, WEAK_WORDS
from telemetry.sanitizer.ruleset import RUN, Rule

NAME, SCHEME, AUTHORIZATION, COOKIE, CURL, PEM = (1 << n for n in range(6))
_SEPARATORS = ("", "_", "-", ".", " ")
_RUNS = bytes(
    ord("x") if (chr(sign).isalnum() and sign < 128) or chr(sign) in "+/_-" else ord(" ")
    for sign in range(256)
)
_RUN = b"x" * 16


@dataclass(slots=True)
class Lookup:
    """What one pass over a text found."""

    kinds: int
    names: list[int]
    schemes: list[int]
    rules: list[Rule]
    runs: list[tuple[int, int]]
    addresses: bool  # an IP address may be in it


def _variants(words: str) -> set[str]:
    """Return the words in all ways that people join them."""
    return {
        "".join(part for pair in zip(pieces, (*signs, ""), strict=True) for part in pair)
        for word in words.split()
        for pieces in [word.split("-")]
        for signs in product(_SEPARATORS, repeat=len(pieces) - 1)
    }


def _vocabulary() -> tuple[list[str], list[int], list[tuple[int, ...]]]:
    kinds: dict[str, int] = defaultdict(int)
    rules: dict[str, list[int]] = defaultdict(list)
    for word in _variants(f"{STRONG_WORDS} {WEAK_WORDS}"):
        kinds[word] |= NAME
    for word in ("bearer", "basic", "digest", "negotiate", "token", "apikey"):
        kinds[word] |= SCHEME
    for word, kind in {
        "authorization": AUTHORIZATION,
        "cookie": COOKIE,
        "curl": CURL,
        "--begin ": PEM,
        "-- begin ": PEM,
    }.items():
        kinds[word] |= kind
    for number, rule in enumerate(ISSUER_RULES):
        for word in rule.keywords:
            if word != RUN:
                rules[word].append(number)
    words = sorted({*kinds, *rules})
    return words, [kinds[w] for w in words], [tuple(rules[w]) for w in words]


_WORDS, _KINDS, _RULES = _vocabulary()
_KEYWORDS = Keywords(_WORDS)
# Rules without a keyword of their own wait for a long run; one pattern says whether any may fit,
# and in the same pass whether an IP address may be there.
_RUN_RULES = [number for number, rule in enumerate(ISSUER_RULES) if RUN in rule.keywords]
_ANY_RUN = "|".join(f"(?:{ISSUER_RULES[number].whole})" for number in _RUN_RULES)
_ADDRESS = r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|::|(?:[0-9A-Fa-f]{1,4}:){5}"
_RARE, _RUN_OR_NOT, _ADDRESSED = (
    compiled(f"{_ANY_RUN}|{_ADDRESS}"),
    compiled(_ANY_RUN),
    compiled(_ADDRESS),
)
_LONG_RUN = 24


def looked_up(text: str, raw: bytes) -> Lookup:
    """Pass once over the text; `raw` is the text in ASCII, one byte for each sign."""
    kinds = 0
    names: list[int] = []
    schemes: list[int] = []
    numbers: set[int] = set()
    for word, start, _ in _KEYWORDS.find(raw.lower() if text.isascii() else _lowered(text)):
        if kind := _KINDS[word]:
            kinds |= kind
            if kind & NAME:
                names.append(start)
            if kind & SCHEME:
                schemes.append(start)
        if _RULES[word]:
            numbers.update(_RULES[word])
    runs, longest = _runs(raw)
    may_be = longest >= _LONG_RUN or raw.count(b".") >= 3 or raw.count(b":") >= 2
    rare = may_be and _RARE.search(raw) is not None
    if rare and longest >= _LONG_RUN and _RUN_OR_NOT.search(raw):
        numbers.update(_RUN_RULES)
    if len(names) > 1:
        names = sorted(set(names))
    schemes.sort()
    rules = [ISSUER_RULES[number] for number in sorted(numbers)] if numbers else []
    addresses = rare and _ADDRESSED.search(raw) is not None
    return Lookup(kinds, names, schemes, rules, runs, addresses)


def _lowered(text: str) -> str:
    """Return the text in lower case, sign for sign."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)


def _runs(raw: bytes) -> tuple[list[tuple[int, int]], int]:
    """Return where sixteen or more token signs stand together, and how many at most."""
    shape = raw.translate(_RUNS)
    runs: list[tuple[int, int]] = []
    longest = 0
    at = shape.find(_RUN)
    while at >= 0:
        end = shape.find(b" ", at)
        end = len(shape) if end < 0 else end
        runs.append((at, end))
        if end - at > longest:
            longest = end - at
        at = shape.find(_RUN, end)
    return runs, longest
