"""What does a shell script, or a command inside another file, reach for?"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from validation.safety import Seen

_ASSIGNED = re.compile(r"^\s*(?:export\s+|local\s+)?([A-Za-z_]\w*)=([^\s;&|$`]*)\s*(?:;|$)")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'")
LONGEST = 20_000


@dataclass(frozen=True)
class Rule:
    """Say what to look for in a command, and why it matters."""

    rule: str
    pattern: re.Pattern[str]
    what: str
    why: str
    refuses: bool
    examples: tuple[str, ...]


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules of shell.toml."""
    found = tomllib.loads(Path(__file__).with_name("shell.toml").read_text())
    return tuple(
        Rule(
            rule=one["rule"],
            pattern=re.compile(_with_words(one["pattern"], found["words"])),
            what=one["what"],
            why=one["why"],
            refuses=one["refuses"],
            examples=tuple(one["examples"]),
        )
        for one in found["rule"]
    )


def _with_words(pattern: str, words: Mapping[str, str]) -> str:
    for word, written in words.items():
        pattern = pattern.replace(f"{{{word}}}", written)
    return pattern


def seen(text: str, first: int = 1) -> Iterator[Seen]:
    """Return what the commands reach for; lines count from `first`."""
    known: dict[str, str] = {}
    for line, command in _commands(text, first):
        plain = _plain(command, known)
        for rule in rules():
            if rule.pattern.search(plain[:LONGEST]):
                name = f"{rule.what}: {' '.join(plain.split())}"  # another argument is news
                yield Seen(rule.rule, name, line, rule.what, rule.why, rule.refuses)
        for part in plain.split(";"):
            if assigned := _ASSIGNED.match(part):
                known[assigned[1]] = assigned[2]


def _commands(text: str, first: int) -> Iterator[tuple[int, str]]:
    """Join continued lines and leave out comments."""
    joined, begun = "", first
    for number, line in enumerate(text.split("\n"), start=first):
        if not joined:
            begun = number
        if line.endswith("\\"):
            joined += line[:-1]
            continue
        joined += line
        if joined.strip() and not joined.lstrip().startswith("#"):
            yield begun, joined
        joined = ""
    if joined.strip():
        yield begun, joined


def _plain(command: str, known: dict[str, str]) -> str:
    """Undo what hides a word from its reader and not from the shell."""
    text = _ANSI.sub(lambda found: _unescaped(found[1]), command)
    text = text.replace("${IFS}", " ").replace("$IFS", " ")
    text = re.sub(r"\$\{?[@*!]\}?", "", text)
    text = re.sub(r"\\(.)", r"\1", text).replace("'", "").replace('"', "")
    return _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)


def _unescaped(text: str) -> str:
    try:
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return text
