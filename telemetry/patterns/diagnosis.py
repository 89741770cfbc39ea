"""What does a failure seem to come from? Rules as data, read once; pure functions over words."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RULES = Path(__file__).with_name("diagnoses.toml")
UNKNOWN = "unknown"
ENOUGH_SHARED = 0.6  # of the words of both templates together
_WORD = re.compile(r"[^\W\d_]{3,}")
_KEYS = {"id", "diagnosis", "says", "codes", "words", "examples", "counterexamples"}


class BadRules(ValueError):
    """The file of rules cannot be used; says which rule and why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Tell one cause by its error codes, or by words of the message."""

    id: str
    diagnosis: str
    says: str  # goes on where the tool's name ends
    codes: frozenset[str]
    words: re.Pattern[str] | None
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]

    def knows(self, code: str) -> bool:
        """Tell whether an error code names this cause, whole or as its last step."""
        return bool({code, *re.split(r"[.:/]", code)} & self.codes)


@dataclass(frozen=True, slots=True)
class Found:
    """Hold a diagnosis and the rule that gave it; no rule where nothing is known."""

    diagnosis: str = UNKNOWN
    rule: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Taught:
    """Hold what a person's correction says about failures like the corrected one."""

    id: int
    diagnosis: str
    words: frozenset[str]


@cache
def load(path: Path = RULES) -> tuple[Rule, ...]:
    """Return the rules in their order; raise BadRules where one cannot be used."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("rule", [])
    rules = tuple(_read(entry) for entry in entries)
    names = [rule.id for rule in rules]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadRules(f"{path.name}: used twice: {', '.join(sorted(twice))}")
    return rules


def _read(entry: Mapping[str, object]) -> Rule:
    name = str(entry.get("id", "a rule without id"))
    if unknown := set(entry) - _KEYS:
        raise BadRules(f"{name}: no such field: {', '.join(sorted(unknown))}")
    if missing := {"id", "diagnosis", "says", "examples"} - set(entry):
        raise BadRules(f"{name}: missing: {', '.join(sorted(missing))}")
    words = _texts(entry, "words")
    return Rule(
        id=name,
        diagnosis=str(entry["diagnosis"]),
        says=str(entry["says"]),
        codes=frozenset(_plain(code) for code in _texts(entry, "codes")),
        words=_pattern(words) if words else None,
        examples=_texts(entry, "examples"),
        counterexamples=_texts(entry, "counterexamples"),
    )


def _texts(entry: Mapping[str, object], key: str) -> tuple[str, ...]:
    values = entry.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadRules(f"{entry.get('id')}: {key} must be a list of texts")
    return tuple(values)


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Join words to one search for them; a word ends where it ends, unless it ends in `*`."""
    parts = [
        re.escape(word.removesuffix("*")).replace(r"\ ", r"[\s_\-]")
        + ("" if "*" in word else r"\b")
        for word in words
    ]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(parts)})", re.IGNORECASE)


def _plain(code: str) -> str:
    """Write CamelCase, dashes and blanks of a code as one form."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", code.strip())
    return re.sub(r"[\s\-]+", "_", spaced).casefold()


def diagnose(code: str, message: str, rules: Sequence[Rule] | None = None) -> Found:
    """Return what the first rule that knows the code says, else the first that knows words."""
    rules = load() if rules is None else rules
    plain = _plain(code)
    by_code = (rule for rule in rules if plain and rule.knows(plain))
    text = f"{plain.replace('_', ' ')} {message}"
    by_words = (rule for rule in rules if rule.words and rule.words.search(text))
    rule = next(by_code, None) or next(by_words, None)
    return Found(rule.diagnosis, rule.id, rule.says) if rule else Found()


def telling_words(template: str) -> frozenset[str]:
    """Return the words by which a template is known again: of letters, three or more."""
    return frozenset(word.casefold() for word in _WORD.findall(template))


def recall(words: frozenset[str], lessons: Sequence[Taught]) -> Taught | None:
    """Return the lesson that shares most words, the latest of equals; none if it shares few."""
    fitting = [(shared(words, lesson.words), lesson.id, lesson) for lesson in lessons]
    best = max(fitting, default=None, key=lambda one: one[:2])
    return best[2] if best and best[0] >= ENOUGH_SHARED else None


def shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Return which share of the words of two templates is in both; none and none are alike."""
    together = one | other
    return len(one & other) / len(together) if together else 1.0


def explanation(component: str, code: str, found: Found) -> str:
    """Say in a sentence what seems to happen."""
    if not component:
        return f"Agents hand over to a person ({code})."[:300]
    if found.says:
        return f"“{component}” {found.says}."[:300]
    return (f"“{component}” fails with “{code}”." if code else f"“{component}” fails.")[:300]
