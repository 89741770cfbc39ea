"""Which calls are known to be unsafe as they stand, and how do they read when they are not?

The patterns are data: a rule of ast-grep in each file of `patterns/`.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from personas.fixers import Copy, Edit, Fixed
from personas.fixers.tools import NotRun, ask

PATTERNS = Path(__file__).with_name("patterns")
AT_ONCE = 2000  # files in one question
Place = tuple[int, int, str, str]  # start, end, what stands there instead, and by which rule


def structural(copy: Copy) -> Fixed:
    """Rewrite each call that a pattern finds, and nothing around it."""
    found: dict[str, list[Place]] = {}
    paths = [path for path in copy.ending(".py") if copy.text(path) is not None]
    try:
        for rule in [one for one in sorted(PATTERNS.glob("*.yml")) if copy.wants(_named(one))]:
            for path, place in _places(copy, rule, paths):
                found.setdefault(path, []).append(place)
    except NotRun as error:
        return Fixed(not_run=str(error))
    return Fixed(tuple(_edit(copy, path, found[path]) for path in sorted(found)))


def _places(copy: Copy, rule: Path, paths: Sequence[str]) -> Iterator[tuple[str, Place]]:
    words = ["scan", "--rule", str(rule), "--json=stream", "--no-ignore", "hidden"]
    for start in range(0, len(paths), AT_ONCE):
        named = {str(copy.folder / path): path for path in paths[start : start + AT_ONCE]}
        # From our own folder: a project's sgconfig.yml may name libraries to load.
        said = ask("ast-grep", [*words, *named], PATTERNS, stopped=copy.stopped)
        for one in map(json.loads, said.splitlines()):
            if "replacement" in one:
                place = one["replacementOffsets"]
                entry = (place["start"], place["end"], one["replacement"], one["ruleId"])
                yield named[one["file"]], entry


def _named(rule: Path) -> str:
    return f"ast-grep:{rule.stem}"


def _edit(copy: Copy, path: str, places: list[Place]) -> Edit:
    """Put the replacements in, the last first; one that overlaps another is left for next time."""
    before = copy.text(path) or ""
    content, free, rules = before.encode(), len(before.encode()), []
    for start, end, new, rule in sorted(places, reverse=True):
        if end <= free:
            content, free = content[:start] + new.encode() + content[end:], start
            rules.append(f"ast-grep:{rule}")
    return Edit(path, before, content.decode(), tuple(sorted(set(rules))))
