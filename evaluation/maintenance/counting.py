"""How often did what fail in these sessions, and what do agents themselves suggest?

What was counted from events goes before what was told of the same tool in the same session: no
failure counts twice.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from evaluation.ideas.records import Kind
from telemetry.models import Reflection

LONGEST_TITLE = 160
_PREFIX = re.compile(rf"\s*({'|'.join(Kind.values)})\s*:\s*", re.IGNORECASE)
_WORDS: tuple[tuple[Kind, frozenset[str]], ...] = (
    (Kind.PROMPT_UPDATE, frozenset({"prompt", "prompts", "instruction", "instructions"})),
    (
        Kind.CONFIG_CHANGE,
        frozenset({"config", "configuration", "setting", "settings", "timeout", "retries"}),
    ),
    (Kind.TOOL_IMPROVEMENT, frozenset({"tool", "tools"})),
)


@dataclass(frozen=True)
class Failure:
    """Count one way in which one tool failed."""

    tool: str
    mode: str
    count: int
    sessions: int
    agents: tuple[str, ...]


@dataclass(frozen=True)
class Suggestion:
    """Hold a change that agents suggested, by its title."""

    key: str
    kind: Kind
    title: str
    text: str
    count: int
    agents: tuple[str, ...]


@dataclass
class Counted:
    """Hold what a pass counted."""

    sessions: int = 0
    calls: int = 0
    successes: int = 0
    failures: list[Failure] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)


def count(rows: Iterable[Reflection], counted_before: Iterable[Reflection] = ()) -> Counted:
    """Count reflections; `counted_before` are those of events that an earlier pass has seen."""
    found = sorted(rows, key=lambda row: (not row.derived, row.at, row.uid))
    known = {(row.session_id, tool) for row in counted_before for tool in _tools(row)}
    told = Counted(sessions=len({row.session_id for row in found}))
    modes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    agents: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in found:
        for tool in _tools(row):
            if (row.session_id, tool) in known:
                continue
            if row.derived:
                known.add((row.session_id, tool))
            _add(told, row, tool, modes, agents)
    told.failures = _ranked(modes, agents)
    told.suggestions = _suggested(found)
    return told


def same(title: str) -> str:
    """Return a title as it is compared: a sign or a capital makes no other one."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def _tools(row: Reflection) -> list[str]:
    named = [*(one["tool"] for one in row.worked), *(one["tool"] for one in row.failed)]
    return list(dict.fromkeys(named))


def _add(
    told: Counted,
    row: Reflection,
    tool: str,
    modes: dict[tuple[str, str], Counter[str]],
    agents: dict[tuple[str, str], set[str]],
) -> None:
    failed = [one for one in row.failed if one["tool"] == tool]
    lost = sum(one["count"] for one in failed)
    calls = max([one["calls"] for one in row.worked if one["tool"] == tool], default=0)
    rates = [one["success_rate"] for one in row.worked if one["tool"] == tool]
    good = round(calls * rates[0]) if rates else 0
    told.calls += max(calls, good + lost)
    told.successes += good
    for one in failed:
        modes[tool, one["failure_mode"]][row.session_id] += one["count"]
        agents[tool, one["failure_mode"]].add(row.agent)


def _ranked(
    modes: dict[tuple[str, str], Counter[str]], agents: dict[tuple[str, str], set[str]]
) -> list[Failure]:
    found = [
        Failure(tool, mode, by.total(), len(by), tuple(sorted(agents[tool, mode] - {""})))
        for (tool, mode), by in modes.items()
    ]
    return sorted(found, key=lambda one: (-one.count, -one.sessions, one.tool, one.mode))


def _suggested(rows: Sequence[Reflection]) -> list[Suggestion]:
    """Join what was suggested under the same title; a session counts once."""
    by_title: dict[str, list[Reflection]] = defaultdict(list)
    for row in rows:
        if not row.derived and (key := same(_title(row.proposed_change))):
            by_title[key].append(row)
    found = [_suggestion(key, among) for key, among in by_title.items()]
    return sorted(found, key=lambda one: (-one.count, one.key))


def _suggestion(key: str, rows: Sequence[Reflection]) -> Suggestion:
    text = rows[0].proposed_change
    return Suggestion(
        key=key,
        kind=_kind(text),
        title=_title(text),
        text=text,
        count=len({row.session_id for row in rows}),
        agents=tuple(sorted({row.agent for row in rows} - {""})),
    )


def _title(text: str) -> str:
    """Return the first line, without the kind that may stand before it."""
    lines = [line for line in _PREFIX.sub("", text, count=1).splitlines() if line.strip()]
    line = " ".join("".join(s if s.isprintable() else " " for s in (lines or [""])[0]).split())
    line = line.lstrip("#*- ")
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"


def _kind(text: str) -> Kind:
    """Read the kind that stands before the title, else tell it by its words."""
    if named := _PREFIX.match(text):
        return Kind(named[1].lower())
    words = set(same(_title(text)).split())
    return next((kind for kind, those in _WORDS if words & those), Kind.SKILL_UPDATE)
