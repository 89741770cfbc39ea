"""Which fixer may have an answer to what could be better?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from generations.choosing.focus import Focus
from generations.engines.embedded.workshop import TESTS
from personas.fixers import Only, judges
from personas.fixers.init_files import RULE

RUFF = ("lint_score", "security_scan")
# Rules of bandit that a pattern of ours answers; ruff itself only points at them.
PATTERNS: Mapping[str, str] = {
    "S113": "requests-timeout",
    "S324": "md5-not-for-security",
    "S506": "yaml-safe-load",
}
CODE = re.compile(r"[A-Z]{1,6}[0-9]{1,4}")
Risk = Literal["low", "medium", "high"]


@dataclass(frozen=True)
class Recipe:
    """Name a fixer, what it may change, and how much can go wrong."""

    fixer: str
    only: Only
    risk: Risk = "low"


def recipes(focus: Focus, paths: Sequence[str] = ()) -> tuple[Recipe, ...]:
    """Return who can be asked about a focus, in their order; `paths` bounds them further."""
    rule = str(focus.facts.get("rule", ""))
    files = frozenset(paths or focus.paths)
    if focus.kind == TESTS:
        tests = frozenset(map(str, focus.facts.get("tests", ())))
        return (Recipe("repair", Only(frozenset(paths), tests=tests), "medium"),)
    if focus.kind == "file_organization" and rule == "no-init":
        made = frozenset(paths or [f"{folder}/__init__.py" for folder in focus.paths])
        return (Recipe("init-files", Only(made, frozenset({RULE}))),)
    if focus.kind not in RUFF or not CODE.fullmatch(rule):
        return ()  # such as a file that cannot be read as Python
    exported = rule == "F401" and not all(judges(path) for path in files)
    risk: Risk = "medium" if exported else "low"  # somebody else may take the name from there
    found = [Recipe("ruff", Only(files, frozenset({f"ruff:{rule}"})), risk)]
    if rule in PATTERNS:
        named = frozenset({f"ast-grep:{PATTERNS[rule]}"})
        found.insert(0, Recipe("ast-grep", Only(files, named), "medium"))
    return tuple(found)
