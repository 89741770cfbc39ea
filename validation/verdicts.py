"""What does a gate answer, and what does it get to know before it does?"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.conf import settings

from ports.sandbox import Heard, Level, Stopped
from targets.changes import Change
from targets.manifest import Manifest
from targets.repository import Repository
from targets.testing import ledger
from validation.authorising.deciding import Decision
from validation.authorising.origin import UNNAMED, Origin
from validation.models import Outcome
from validation.parameters import Parameters
from validation.trying.cases import Case

Progress = Callable[[str, Outcome | None], None]


class CouldNotRun(Exception):
    """A gate cannot give an answer; the words say why."""


class NotText(Exception):
    """A changed file is not UTF-8 text."""


@dataclass(frozen=True)
class Waived:
    """Say who lets a finding pass, until when and why."""

    waiver: int
    entry: str  # of the log
    by: str
    until: datetime
    reason: str


@dataclass(frozen=True)
class Mark:
    """Point at what a gate minds."""

    path: str
    line: int | None
    message: str
    refuses: bool = True  # else it asks for an acknowledgement
    bound: str = field(default="", compare=False)  # by which a waiver names it; "": none can
    waived: Waived | None = None


@dataclass(frozen=True)
class GateVerdict:
    """Hold one gate's answer."""

    gate: str
    question: str
    outcome: Outcome
    summary: str = ""
    findings: tuple[Mark, ...] = ()
    seconds: float = field(default=0.0, compare=False)
    level: Level | None = None  # of the sandbox that code of the target ran in, if any ran
    # Of a gate that starts programs: whether chance, load and time had no say in it. Where it
    # does not say so, it is no answer to be found again.
    steady: bool | None = field(default=None, compare=False)
    found_at: datetime | None = field(default=None, compare=False)  # when it was given, if before
    cases: tuple[ledger.Case, ...] = field(
        default=(), compare=False, repr=False
    )  # tests, with the change
    decision: Decision | None = None  # of the policies, if they were asked


@dataclass(frozen=True)
class Limits:
    """Bound a change, as this installation is configured."""

    max_files: int = 10
    max_lines: int = 1000
    max_changes_per_day: int = 50  # of one agent
    test_timeout_seconds: float = 120.0
    forbidden_paths: tuple[str, ...] = ()
    blocked_patterns: tuple[str, ...] = ()
    pythons: tuple[tuple[str, str], ...] = ()  # a target, and the Python for its tests

    @classmethod
    def configured(cls) -> "Limits":
        """Return the limits in force."""
        section = settings.SELFIMPROVE.validation
        return cls(
            max_files=section.max_files,
            max_lines=section.max_lines,
            max_changes_per_day=section.max_changes_per_day,
            test_timeout_seconds=section.test_timeout_seconds,
            forbidden_paths=tuple(section.forbidden_paths),
            blocked_patterns=tuple(section.blocked_patterns),
            pythons=tuple(sorted((name, str(path)) for name, path in section.pythons.items())),
        )


@dataclass(frozen=True)
class Context:
    """Give a gate what it may judge by; all of it comes from the base or from us."""

    repository: Repository
    manifest: Manifest
    parameters: Parameters
    limits: Limits
    heard: Heard | None = None  # gets the output of what a gate runs, as it comes
    stopped: Stopped | None = None  # is asked often while something runs: then it has to end
    waivers: Mapping[str, Waived] = field(default_factory=dict)  # what a person lets pass
    contents: dict[tuple[str, str], bytes | None] = field(
        default_factory=dict, compare=False, repr=False
    )
    answers: dict[tuple["Gate", str, str], GateVerdict] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
    origin: Origin = UNNAMED
    cases: tuple[Case, ...] = ()  # the failures that the change is said to cure

    def before(self, change: Change, path: str) -> str | None:
        """Return the file as it was, or None where there was none."""
        return self._text(change, change.base, path)

    def after(self, change: Change, path: str) -> str | None:
        """Return the file as it would be, or None where there would be none."""
        return self._text(change, change.tree, path)

    def answer(self, gate: "Gate", change: Change) -> "GateVerdict":
        """Ask a gate, once, whoever else wants to know what it said of this change."""
        key = (gate, change.base, change.tree)
        if key not in self.answers:
            self.answers[key] = gate.run(change, self)
        return self.answers[key]

    def _text(self, change: Change, tree: str, path: str) -> str | None:
        content = self._content(change, tree, path)
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError as error:
            raise NotText(f"{path} is not UTF-8 text (byte {error.start})") from error

    def _content(self, change: Change, tree: str, path: str) -> bytes | None:
        """Read a file once, together with all that changed: each reading starts git twice."""
        if (tree, path) not in self.contents:
            wanted = dict.fromkeys((path, *change.paths))
            found = self.repository.read_all(tree, tuple(wanted))
            self.contents.update({(tree, one): found.get(one) for one in wanted})
        return self.contents[tree, path]


def visible(text: str) -> str:
    """Write out what would hide or move text on a page or a terminal; lines stay lines."""
    return "".join(
        sign
        if sign.isprintable() or sign in "\n\t"
        else sign.encode("unicode_escape", "backslashreplace").decode()
        for sign in text.replace("\r\n", "\n")
    )


class Gate(Protocol):
    """Answer one question about a change."""

    NAME: str
    QUESTION: str
    VERSION: int

    def run(self, change: Change, context: Context) -> GateVerdict:
        """Return the answer; raise CouldNotRun when there is none."""
        ...


@dataclass(frozen=True)
class Verdict:
    """Hold all answers about one change."""

    base: str
    tree: str
    diff_digest: str
    policy_digest: str
    outcome: Outcome
    gates: tuple[GateVerdict, ...]
    made_at: datetime
    seconds: float
    stopped_by: str = ""  # a person, before all gates had answered

    @property
    def decision(self) -> Decision | None:
        """Return what the policies decided; None where they could not be asked."""
        return next((gate.decision for gate in self.gates if gate.decision), None)

    @property
    def level(self) -> Level | None:
        """Return the least that code of the target ran in; None when none ran."""
        return min((gate.level for gate in self.gates if gate.level), default=None)

    def digest(self) -> str:
        """Name the content of the verdict; the same change judged alike has the same name."""
        content = {
            "base": self.base,
            "tree": self.tree,
            "diff": self.diff_digest,
            "policy": self.policy_digest,
            "outcome": str(self.outcome),
            "gates": [_plain(gate) for gate in self.gates],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def answer(name: str, question: str, marks: Sequence[Mark], *, passed: str) -> GateVerdict:
    """Turn what a gate found into its answer: one refusing mark refuses."""
    if not marks:
        return GateVerdict(name, question, Outcome.PASSED, passed)
    refuses = any(mark.refuses for mark in marks)
    summary = marks[0].message if len(marks) == 1 else counted(len(marks), "finding")
    outcome = Outcome.REFUSED if refuses else Outcome.ACKNOWLEDGE
    return GateVerdict(name, question, outcome, summary, tuple(marks))


def counted(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def overall(gates: Sequence[GateVerdict]) -> Outcome:
    """Return the one outcome of all: a refusal counts most, and what did not run never passes."""
    found = {gate.outcome for gate in gates}
    for worst in (Outcome.REFUSED, Outcome.COULD_NOT_RUN):
        if worst in found:
            return worst
    if found & {Outcome.ACKNOWLEDGE, Outcome.NOT_RUN}:
        return Outcome.ACKNOWLEDGE
    return Outcome.PASSED if Outcome.PASSED in found else Outcome.COULD_NOT_RUN


def _plain(gate: GateVerdict) -> dict[str, object]:
    return {
        "gate": gate.gate,
        "outcome": str(gate.outcome),
        "summary": gate.summary,
        "level": gate.level,
        "findings": [_plain_mark(mark) for mark in gate.findings],
    }


def _plain_mark(mark: Mark) -> list[object]:
    waived = [mark.waived.entry] if mark.waived else []
    return [mark.path, mark.line, mark.message, mark.refuses, *waived]
