"""Which timeout would end the gravest failure, and what does the proposal say that raises it?"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

GRAVITY = ("low", "medium", "high", "critical")
WRITTEN_BY_CODE = ("Affected files", "Validation checklist")


@dataclass(frozen=True)
class Raise:
    """Hold one change: which pattern it answers, and the setting before and after."""

    pattern: Mapping[str, Any]
    path: str
    key: str
    old: int | float
    new: int | float
    diff: str


def find(material: Mapping[str, Any]) -> Raise | None:
    """Choose the gravest pattern whose component has a timeout that may be raised."""
    documents = material.get("documents") or []
    for pattern in _by_gravity(material)[:100] if documents else []:
        for parameter in material.get("parameters") or []:
            if _is_timeout_of(str(parameter["key"]), str(pattern["component"])):
                found = _raised(pattern, parameter, material.get("files") or {})
                if found:
                    return found
    return None


def document(found: Raise, material: Mapping[str, Any], label: str) -> str:
    """Write the proposal between its tags, with the identity that was handed out."""
    entry = material["documents"][0]
    pattern = found.pattern
    front = {
        **entry["front_matter"],
        "kind": "bugfix",
        "severity": pattern["severity"],
        "risk": "low",
        "patterns": [pattern["id"]],
        "events": pattern["events"],
    }
    lines = [f"{name}: {json.dumps(value)}" for name, value in front.items()]
    sections = [
        f"## {name}\n\n{_section(name, found, label)}\n"
        for name in material["headings"]["bugfix"]
        if name not in WRITTEN_BY_CODE
    ]
    body = "\n".join([f"# Give {pattern['component']} more time\n", *sections])
    return (
        f'<proposal n="{entry["n"]}">\n---\n' + "\n".join(lines) + f"\n---\n\n{body}</proposal>\n"
    )


def _section(name: str, found: Raise, label: str) -> str:
    pattern, move = found.pattern, f"`{found.key}` from {found.old} to {found.new}"
    texts = {
        "Problem": f"Calls of {pattern['component']} are given up too early. {label}",
        "Evidence": f"{pattern['count']} failures in {pattern['sessions']} sessions.",
        "Root cause": f"The time that {pattern['component']} gets may be shorter than it needs.",
        "Solution": f"Raise {move}.\n\n```diff\n{found.diff}```",
        "Risk": "Level: low.\n\n- Issue: a call that hangs is noticed later.\n"
        "- Mitigation: the value stays inside its bounds.",
        "Rollback plan": f"Set `{found.key}` back to {found.old}.",
    }
    return texts.get(name, label)


def _by_gravity(material: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    def weight(pattern: Mapping[str, Any]) -> tuple[int, int]:
        severity = pattern.get("severity")
        return (GRAVITY.index(severity) if severity in GRAVITY else -1, pattern.get("count", 0))

    return sorted(material.get("patterns") or [], key=weight, reverse=True)


def _is_timeout_of(key: str, component: str) -> bool:
    *steps, last = key.split(".")
    return "timeout" in last and component in steps


def _raised(
    pattern: Mapping[str, Any], parameter: Mapping[str, Any], files: Mapping[str, Any]
) -> Raise | None:
    path, key, old = parameter["path"], parameter["key"], parameter["value"]
    new = _next(parameter)
    text = str(files.get(path, {}).get("text", ""))  # none where a file is shown in parts
    changed = None if new is None else _rewritten(text, key, old, new)
    if new is None or changed is None:
        return None
    return Raise(pattern, path, key, old, new, _unified(path, text, changed))


def _next(parameter: Mapping[str, Any]) -> int | float | None:
    """Raise the value by half, on its grid, inside its bounds; None where it is at its end."""
    names = ("value", "min", "max", "step", "largest_change")
    if any(isinstance(parameter[name], bool | str) for name in names):
        return None
    old, low, high, step, most = (Decimal(str(parameter[name])) for name in names)
    wished = min(old * Decimal("1.5"), old + most, high)
    new = low + (wished - low) // step * step
    if new <= old:
        return None
    return int(new) if new == new.to_integral_value() else float(new)


def _rewritten(text: str, key: str, old: object, new: object) -> str | None:
    """Change the value of a dotted key in YAML of plain blocks; None where it is not found."""
    lines = text.split("\n")
    for number in _walk(lines, key.split(".")):
        changed = re.sub(
            rf"(:\s+){re.escape(str(old))}(?=\s|$)", rf"\g<1>{new}", lines[number], count=1
        )
        if changed != lines[number]:
            return "\n".join([*lines[:number], changed, *lines[number + 1 :]])
    return None


def _walk(lines: list[str], steps: list[str]) -> Iterator[int]:
    """Yield the line of the last step, found inside the block of the steps before it."""
    depth, start = -1, 0
    for number, step in enumerate(steps):
        found = _inside(lines, start, depth, step)
        if found is None:
            return
        depth, start = len(lines[found]) - len(lines[found].lstrip()), found + 1
        if number == len(steps) - 1:
            yield found


def _inside(lines: list[str], start: int, depth: int, step: str) -> int | None:
    for number in range(start, len(lines)):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if len(line) - len(line.lstrip()) <= depth:
            return None
        if line.lstrip().startswith(f"{step}:"):
            return number
    return None


def _unified(path: str, before: str, after: str) -> str:
    found = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in found
    )
