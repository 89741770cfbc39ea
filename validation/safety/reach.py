"""Which modules, members and commands need no word, so that everything else does?

What is dangerous cannot be listed to an end; what is harmless nearly can. So a change that begins
to use something that is neither here, nor in the repository already, is shown to a person.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from validation.safety import Seen

NEW = "the repository did without it: what it brings along is for a person to know"
_KNOWN = tomllib.loads(Path(__file__).with_name("reach.toml").read_text())
HARMLESS = frozenset(_KNOWN["modules"])
_QUIET = frozenset(_KNOWN["members"])
_COMMANDS = frozenset(_KNOWN["commands"])
_BEGIN = re.compile(r"(?:^|[;&|(`]|\$\()\s*((?:\w+=\S*\s+)*)([\w./+-]+)")
_RENAMED = re.compile(r"(?:^|[;&|]\s*)(?:alias\s+([\w-]+)=|([\w-]+)\s*\(\))")
_BETWEEN = re.compile(r"(?:^|(?<=[\s;]))(?:then|do|else|elif|if|while|until|!)\s")
# Places of the machine that are no part of any repository.
_OUTSIDE = re.compile(
    r"(?<![\w.:/$}-])(?:/(?:etc|srv|var|home|root|usr|opt|proc|sys|dev|boot|mnt|media|run|tmp|lib)\b"
    r"|~(?:/|$)|\$\{?HOME\}?)[\w./~*-]*|(?<![\w.:/<-])/(?=\s|$)"
)
_ORDINARY = re.compile(r"/dev/(?:null|stdin|stdout|stderr|tty)\b|/usr/bin/env\b")
OUTSIDE = "it is no part of the repository: what stands there is others'"
_LEAVES = re.compile(r"\|\|\s*(?:true|:)\s*$|\bset\s+\+e\b")
_STRICT = re.compile(r"\bset\s+-\w*e|\bset\s+-o\s+errexit")


def is_quiet(name: str) -> bool:
    """Tell whether a member of os or sys changes nothing and starts nothing."""
    parts = name.split(".")
    return any(".".join(parts[:count]) in _QUIET - {"os", "sys"} for count in range(2, 4)) or (
        name in _QUIET
    )


def outside(text: str) -> Iterator[str]:
    """Return the places in a text that lie outside of any repository."""
    yield from (found[0] for found in _OUTSIDE.finditer(text) if not _ORDINARY.match(found[0]))


def commands(text: str) -> Iterator[Seen]:
    """Return the commands of a shell script that are more than everyday ones."""
    functions = set(re.findall(r"^\s*(?:function\s+)?([\w-]+)\s*\(\)", text, re.MULTILINE))
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith("#"):
            continue
        yield from _begun(line, number, _COMMANDS | functions)
        for place in outside(line):
            yield Seen("outside", place, number, f"names {place}", OUTSIDE, refuses=False)
        if _LEAVES.search(line):
            why = "what fails there is not noticed any more"
            yield Seen("guard", line.strip(), number, "goes on after a failure", why, False)
    if not _STRICT.search(text) and text.strip():
        why = "what fails in it is not noticed"
        yield Seen("guard", "no set -e", 1, "does not end at the first failure", why, False)


def _begun(line: str, number: int, known: frozenset[str]) -> Iterator[Seen]:
    """Return the commands of one line, and the names that it gives another meaning."""
    plain = re.sub(r"'[^']*'|\"[^\"]*\"", "x", line.partition(" #")[0])
    for alias, function in _RENAMED.findall(plain):
        if (name := alias or function) in _COMMANDS:
            what = f"gives {name} another meaning"
            yield Seen("command", f"as {name}", number, what, NEW, refuses=False)
    for found in _BEGIN.finditer(_BETWEEN.sub("; ", plain)):
        name = found[2].rpartition("/")[2]
        if name and name not in known and not name.startswith("-"):
            yield Seen("command", name, number, f"runs {name}", NEW, refuses=False)
