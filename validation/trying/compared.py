"""Was it this change that broke something, was it broken before, or can it not be tried here?"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from targets.changes import Change
from validation.models import Outcome
from validation.newer import declared
from validation.parsing import newer_than_ours, parsed
from validation.paths import shown
from validation.trying.modules import Module
from validation.trying.sandboxed import Told
from validation.verdicts import GateVerdict, Mark, counted

NAMED = 3  # of those that only a sentence tells
_REQUIRING = re.compile(
    r"(?:^|/)(?:[^/]*requirements[^/]*\.(?:txt|in)|requirements/[^/]+\.(?:txt|in)"
    r"|pyproject\.toml|setup\.cfg|setup\.py|Pipfile|environment\.ya?ml)$"
)


def names_needs(path: str) -> bool:
    """Tell whether a file says what a target needs from elsewhere."""
    return bool(_REQUIRING.search(path))


class State(StrEnum):
    """Say what came of one thing, base against branch."""

    WORKS = "works"
    BROKEN = "broken"  # by this change
    BEFORE = "before"  # it did not work before either
    ABSENT = "absent"  # what it needs is not here, with the change or without
    NEWER = "newer"  # it is written for a newer Python than is here
    UNTRIED = "untried"  # the time was up


@dataclass(frozen=True)
class Judged:
    """Hold one thing that was tried, and what its outcome means."""

    label: str
    path: str
    state: State
    told: Told = field(default_factory=lambda: Told(True))


@dataclass(frozen=True)
class Surroundings:
    """Know what belongs to a target, and what it already needed from elsewhere."""

    own: frozenset[str]  # the first parts of its modules' names, before and after
    texts: Mapping[str, bytes]
    changed: frozenset[str]

    @classmethod
    def of(
        cls, known: Iterable[Module], texts: Mapping[str, bytes], change: Change
    ) -> "Surroundings":
        """Return the surroundings of a change."""
        own = {module.name.partition(".")[0] for module in known}
        return cls(frozenset(own), texts, frozenset(change.paths))

    def is_elsewhere(self, missing: str) -> bool:
        """Tell whether a module is nobody's here but known to be needed from elsewhere.

        A dependency is known when a file that the change leaves alone imports it, or when the
        target's requirements name it. Anything else that is missing is the change's own doing.
        """
        first = missing.partition(".")[0]
        if not first or first in self.own:
            return False
        return any(self._speaks_of(path, text, first) for path, text in self.texts.items())

    def newer(self, told: Told) -> int:
        """Return the first Python 3 for what failed here as no Python, where there is one."""
        if not (told.places and told.lines and told.lines[-1].startswith("SyntaxError")):
            return 0
        text = self._text(told.places[-1][0])
        try:
            parsed(text)
        except SyntaxError as error:
            with contextlib.suppress(SyntaxError):
                return newer_than_ours(text, error).minor
        except (ValueError, RecursionError, MemoryError):
            pass
        return 0

    def is_for(self, path: str, minor: int) -> bool:
        """Tell whether the project says that it runs on no older Python than this one."""
        return (declared.oldest(path, self._text) or 0) >= minor

    def _text(self, path: str) -> str:
        return self.texts.get(path, b"").decode("utf-8", "replace")

    def _speaks_of(self, path: str, text: bytes, name: str) -> bool:
        if names_needs(path):
            return name.lower().replace("_", "-").encode() in text.lower().replace(b"_", b"-")
        if path in self.changed or not path.endswith(".py"):
            return False
        return bool(re.search(rb"(?m)^\s*(?:import|from)\s+" + re.escape(name).encode(), text))


def is_worth_asking(after: Told | None, around: Surroundings) -> bool:
    """Tell whether what came of something without the change could make a difference."""
    return after is not None and not after.ok and not around.is_elsewhere(after.missing)


def judged(
    label: str,
    path: str,
    after: Told | None,
    before: Told | None,
    around: Surroundings,
) -> Judged:
    """Say what it means; `before` is None where it did not exist or was not tried."""
    if after is None:
        return Judged(label, path, State.UNTRIED)
    return Judged(label, path, _state(path, after, before, around), after)


def _state(path: str, after: Told, before: Told | None, around: Surroundings) -> State:
    if after.ok:
        return State.WORKS
    if around.is_elsewhere(after.missing):
        return State.ABSENT
    minor = around.newer(after)
    if minor and (before is None or around.is_for(path, minor)):
        return State.NEWER  # whether it may need that is what the gate of the syntax asks
    if before is None or before.ok:
        return State.BROKEN
    if before.missing and around.is_elsewhere(before.missing):
        return State.BROKEN  # it stops now at something that is not the sandbox's fault
    return State.BEFORE


@dataclass(frozen=True)
class Words:
    """Hold how a gate speaks of what it tried."""

    noun: str  # "module"
    works: str  # "imports", "import": one, several
    work: str
    nothing: str


def verdict(
    name: str,
    question: str,
    found: Sequence[Judged],
    words: Words,
    change: Change,
    left: int = 0,
    python: str = "",
) -> GateVerdict:
    """Turn what came of each, by this Python, into the gate's answer; `left` were not begun."""
    states = {state: [one for one in found if one.state == state] for state in State}
    marks = _marks(states[State.BROKEN], change)
    said = "; ".join(_sentences(states, words, left))
    said += f"; asked of Python {python}" if said and python else ""
    if marks:
        return GateVerdict(name, question, Outcome.REFUSED, said, marks)
    if not states[State.WORKS]:
        return GateVerdict(name, question, Outcome.NOTHING_SHOWN, said or words.nothing)
    return GateVerdict(name, question, Outcome.PASSED, said)


def _sentences(states: Mapping[State, Sequence[Judged]], words: Words, left: int) -> Iterator[str]:
    if broken := states[State.BROKEN]:
        does = f"no longer {words.work}" if len(broken) > 1 else f"no longer {words.works}"
        yield f"{counted(len(broken), words.noun)} {does} with the change ({_some(broken)})"
    if works := states[State.WORKS]:
        does = words.work if len(works) > 1 else words.works
        yield f"{counted(len(works), words.noun)} {does}"
    if before := states[State.BEFORE]:
        yield f"{counted(len(before), words.noun)} did not before either ({_some(before)})"
    if absent := states[State.ABSENT]:
        names = sorted({one.told.missing.partition(".")[0] for one in absent})
        needs = ", ".join(f"“{name}”" for name in names[:NAMED]) + "…" * (len(names) > NAMED)
        many = counted(len(absent), words.noun)
        yield f"{many} cannot be tried here: no module named {needs}"
    if newer := states[State.NEWER]:
        many = counted(len(newer), words.noun)
        yield f"{many} cannot be tried here: written for a newer Python ({_some(newer)})"
    if untried := len(states[State.UNTRIED]) + left:
        yield f"{untried} more were not tried"


def _some(found: Sequence[Judged]) -> str:
    names = [one.label for one in found[:NAMED]]
    return ", ".join(names) + "…" * (len(found) > NAMED)


def _marks(broken: Sequence[Judged], change: Change) -> tuple[Mark, ...]:
    """Point at each cause once, however much it brings down."""
    causes: dict[tuple[object, ...], list[Judged]] = {}
    for one in broken:
        cause = one.told.places[-1:] or (one.path,)
        causes.setdefault((cause, one.told.ended, one.told.lines[-1:]), []).append(one)
    return tuple(_mark(group[0], len(group) - 1, change) for group in causes.values())


def _mark(one: Judged, others: int, change: Change) -> Mark:
    """Point at the last line on the way that the change holds, else at what was tried."""
    ours = [(path, line) for path, line in one.told.places if path in change.paths]
    path, line = ours[-1] if ours else (one.path, None)
    more = f" (and {others} more for the same reason)" if others else ""
    lines = "\n".join(one.told.lines)
    return Mark(shown(path), line, f"{one.label} {one.told.ended}{more}\n{lines}".rstrip())
