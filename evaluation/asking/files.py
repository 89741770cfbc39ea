"""Which parts of a target's settings are shown to a model?"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from evaluation.rules.levers import Lever, Levers
from personas.material import size
from telemetry.sanitizer import sanitize
from validation import scalars

LONG = 120  # lines; a longer file is shown in parts
AROUND = 40


def shown(levers: Levers, wanted: Sequence[str], room: int) -> tuple[dict[str, Any], int]:
    """Return the files that hold settings, the wanted components' first, and how many not.

    Each comes with the hash of its whole text, so that a part is never taken for the file.
    """
    paths: dict[str, list[Lever]] = {}
    for lever in sorted(levers.found, key=lambda one: not _concerns(one, wanted)):
        paths.setdefault(lever.path, []).append(lever)
    found: dict[str, Any] = {}
    for path, held in paths.items():
        entry = _file(path, held)
        room -= size({path: entry})
        if room < 0:
            break
        found[path] = entry
    return found, len(paths) - len(found)


def parameters(
    levers: Levers, taken: Sequence[str], wanted: Sequence[str], room: int
) -> tuple[list[dict[str, Any]], int]:
    """Return the settings that may be moved with their bounds, and how many did not fit."""
    free = [lever for lever in levers.found if lever.key not in taken]
    found = []
    for lever in sorted(free, key=lambda one: not _concerns(one, wanted)):
        entry = _parameter(lever)
        room -= size(entry)
        if room < 0:
            break
        found.append(entry)
    return found, len(free) - len(found)


def _concerns(lever: Lever, wanted: Sequence[str]) -> bool:
    steps = lever.key.split(".")
    return any(component in steps for component in wanted)


def _parameter(lever: Lever) -> dict[str, Any]:
    return {
        "path": lever.path,
        "key": lever.key,
        "value": lever.value,
        "min": lever.parameter.min,
        "max": lever.parameter.max,
        "step": lever.parameter.step,
        "largest_change": lever.parameter.largest_change,
    }


def _file(path: str, held: Sequence[Lever]) -> dict[str, Any]:
    whole = held[0].text
    text = sanitize(whole)[0]  # a secret in a setting is no business of a model
    lines = text.split("\n")
    entry: dict[str, Any] = {
        "sha256": hashlib.sha256(whole.encode()).hexdigest(),
        "lines": len(lines),
    }
    if len(lines) <= LONG:
        return {**entry, "text": text}
    parts = _parts(_places(path, whole, held), len(lines))
    return {
        **entry,
        "parts": [
            {"first_line": start, "text": "\n".join(lines[start - 1 : end])}
            for start, end in parts
        ],
    }


def _places(path: str, text: str, held: Sequence[Lever]) -> list[int]:
    """Find each setting's line; where no reader can tell, the one that begins with its name."""
    known = scalars.lines(path, text)
    return sorted(known.get(lever.key) or _line_of_name(text, lever.key) for lever in held)


def _line_of_name(text: str, key: str) -> int:
    name = re.escape(key.rpartition(".")[2].strip('"'))
    found = re.search(rf"^[ \t\"']*{name}[\"']?[ \t]*[=:]", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _parts(places: Sequence[int], last: int) -> Iterator[tuple[int, int]]:
    """Join the surroundings of places that touch each other."""
    start = end = 0
    for place in places:
        if end and place - AROUND > end + 1:
            yield start, end
            start = 0
        start = start or max(1, place - AROUND)
        end = min(last, place + AROUND)
    if end:
        yield start, end
