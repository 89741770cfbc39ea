"""Which files are there, and which of their text is an agent shown?"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generations.engines.modelled.words import lines_of
from generations.phases.shape import Turn
from personas.material import harmless, size
from personas.replies.contracts import Plan
from targets import blobs
from telemetry.sanitizer.spans import PLACEHOLDERS

MOST_MAPPED = 300
LARGEST = 1_000_000  # bytes of a file that is read for a question
LONG = 800  # lines; a longer file is shown in parts
LONGEST = 60_000  # characters; the same
AROUND = 60
MOST_PLACES = 12
HOUSE = (
    *("CONTRIBUTING.md", "AGENTS.md", "CONTRIBUTING.rst"),
    *(".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md"),
)
LONGEST_RULES = 2000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
_DEFINED = re.compile(
    r"\s*(?:[a-z]+ )*(?:def|class|function|func|fn|struct|type|const|let|var) +([A-Za-z_]\w*)"
    r"|([A-Za-z_]\w*) *[:=]"
)
_LINE = re.compile(r"\b(?:lines?|:) ?(\d{1,6})\b")


@dataclass(frozen=True)
class Named:
    """Hold one file that a plan names, as it is and as it is shown."""

    path: str
    text: str | None  # none: it is not there yet, or cannot be read
    shown: str = ""
    trouble: str = ""

    @property
    def marks(self) -> frozenset[str]:
        """Return what stands where something was taken out."""
        text = self.text or ""
        return frozenset(one for one in PLACEHOLDERS if self.shown.count(one) > text.count(one))


@dataclass
class Texts:
    """Hold the files that a plan names; nothing else is there for the one who writes."""

    named: Mapping[str, Named]
    outside: list[str] = field(default_factory=list)  # what somebody asked for beside them

    @classmethod
    def of(cls, turn: Turn, plan: Plan) -> "Texts":
        """Read what a plan names, at the base."""
        sizes = blobs.sizes(turn.repository.git, turn.base)
        fit = [path for path in plan.files_to_modify if sizes.get(path, 0) <= LARGEST]
        there = turn.repository.read_all(turn.base, fit)
        found = {}
        for path in plan.files_to_modify:
            if path in sizes and path not in fit:
                found[path] = Named(path, None, trouble=f"it has {sizes[path]} bytes")
            elif path in there:
                found[path] = _named(turn, path, there[path])
            else:
                found[path] = Named(path, None)
        return cls(found)

    def read(self, path: str) -> str | None:
        """Return the text of a named file; whatever else is asked for is noted, and not there."""
        if path not in self.named:
            self.outside.append(path)
            return None
        return self.named[path].text

    def entries(self, plan: Plan, room: int) -> dict[str, Any]:
        """Show each file whole where it fits, else in parts; say where it is not shown."""
        entries: dict[str, Any] = {}
        for number, (path, one) in enumerate(self.named.items()):
            share = room // (len(self.named) - number)
            entries[path] = _entry(one, plan, share)
            room -= size({path: entries[path]})
        return entries


def mapped(turn: Turn, first: Iterable[str], untested: Mapping[str, int], room: int) -> Any:
    """Return the map of the files, those that matter first, and how many are not on it."""
    sizes = blobs.sizes(turn.repository.git, turn.base)
    code = sorted(path for path in sizes if path.endswith((".py", ".pyi")))
    order = [path for path in dict.fromkeys([*first, *code, *sorted(sizes)]) if path in sizes]
    chosen = order[:MOST_MAPPED]
    fit = [path for path in chosen if sizes[path] <= LARGEST]
    texts = turn.repository.read_all(turn.base, fit)
    entries: list[dict[str, Any]] = []
    for path in chosen:
        entry: dict[str, Any] = {"path": harmless(path), "bytes": sizes[path]}
        if path in texts:
            entry["lines"] = len(texts[path].splitlines())
        if path in untested:
            entry["untested_functions"] = untested[path]
        room -= size(entry)
        if room < 0:
            break
        entries.append(entry)
    return entries, len(sizes) - len(entries)


def house_rules(turn: Turn) -> str:
    """Return the first words of what the target says to contributors."""
    there = turn.repository.read_all(turn.base, HOUSE)
    for path in HOUSE:
        text = there.get(path, b"").decode(errors="replace")
        if text.strip():
            return lines_of(text[: 2 * LONGEST_RULES], turn.generation.target)[:LONGEST_RULES]
    return ""


def _named(turn: Turn, path: str, content: bytes) -> Named:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        return Named(path, None, trouble=f"it is not UTF-8 text (byte {error.start})")
    return Named(path, text, lines_of(text, turn.generation.target))


def _entry(one: Named, plan: Plan, room: int) -> dict[str, Any]:
    if one.trouble:
        return {"left_out": one.trouble}
    if one.text is None:
        return {"new": True}
    lines = one.shown.split("\n")
    whole = {"lines": len(lines), "text": one.shown}
    short = len(lines) <= LONG and len(one.shown) <= LONGEST
    if short and size(whole) <= room:
        return whole
    entry: dict[str, Any] = {"lines": len(lines), "parts": []}
    for start, end in _parts(_places(one, lines, plan), len(lines)):
        part = {"first_line": start, "text": "\n".join(lines[start - 1 : end])}
        if size({**entry, "parts": [*entry["parts"], part]}) <= room:
            entry["parts"].append(part)
        else:
            entry["left_out"] = "further parts do not fit"
    return entry


def _places(one: Named, lines: Sequence[str], plan: Plan) -> list[int]:
    """Find the lines of a long file that a plan speaks of; its start where it speaks of none."""
    words = "\n".join((plan.title, plan.rationale, *plan.steps))
    names = set(_NAME.findall(words))
    defined = (
        number
        for number, line in enumerate(lines, 1)
        if (found := _DEFINED.match(line)) and (found[1] or found[2]) in names
    )
    numbers = (int(number) for number in _LINE.findall(words.replace(one.path, "")))
    counted = [number for number in numbers if 1 <= number <= len(lines)]
    places = list(dict.fromkeys([*counted, *defined]))[:MOST_PLACES]
    return sorted(places) or [1]


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
