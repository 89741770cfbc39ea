"""Which calls are known to be unsafe as they stand, and how do they read when they are not?

The patterns are data: a rule of ast-grep in each file of `patterns/`.
"""

import json
from pathlib import Path

from personas.fixers import Copy, Edit, Fixed
from personas.fixers.tools import NotRun, ask

PATTERNS = Path(__file__).with_name("patterns")


def structural(copy: Copy) -> Fixed:
    """Rewrite each call that a pattern finds, and nothing around it."""
    found: dict[str, list[tuple[int, int, str, str]]] = {}
    places = {
        str(copy.folder / path): path for path in copy.ending(".py") if copy.text(path) is not None
    }
    if not places:
        return Fixed()
    try:
        for rule in [one for one in sorted(PATTERNS.glob("*.yml")) if copy.wants(_named(one))]:
            words = ["scan", "--rule", str(rule), "--json=stream", "--no-ignore", "hidden"]
            # From our own folder: a project's sgconfig.yml may name libraries to load.
            for line in ask("ast-grep", [*words, *places], PATTERNS).splitlines():
                one = json.loads(line)
                if "replacement" in one:
                    place = one["replacementOffsets"]
                    entry = (place["start"], place["end"], one["replacement"], one["ruleId"])
                    found.setdefault(places[one["file"]], []).append(entry)
    except NotRun as error:
        return Fixed(not_run=str(error))
    return Fixed(tuple(_edit(copy, path, found[path]) for path in sorted(found)))


def _named(rule: Path) -> str:
    return f"ast-grep:{rule.stem}"


def _edit(copy: Copy, path: str, places: list[tuple[int, int, str, str]]) -> Edit:
    """Put the replacements in, the last first; one that overlaps another is left for next time."""
    before = copy.text(path) or ""
    content, free, rules = before.encode(), len(before.encode()), []
    for start, end, new, rule in sorted(places, reverse=True):
        if end <= free:
            content, free = content[:start] + new.encode() + content[end:], start
            rules.append(f"ast-grep:{rule}")
    return Edit(path, before, content.decode(), tuple(sorted(set(rules))))
