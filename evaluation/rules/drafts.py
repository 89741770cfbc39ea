"""What does one draft of the rules change, and what is there to say about it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from benchmarks.measures.tested import NO_TEST
from evaluation.answers import AUTHOR, Question
from evaluation.cases import Case
from evaluation.rules.entries import Measure, Remedy
from evaluation.rules.levers import Lever
from evaluation.rules.mending import Mended
from evaluation.rules.playbooks import Playbook
from evaluation.rules.remedies import Measured, Number
from evaluation.telling import Told
from generations.engines.embedded.chain import Hunk, Outcome
from personas.material import plain, quoted


class Change(Protocol):
    """Describe a change of a target, by whatever means."""

    @property
    def remedy(self) -> Measure: ...
    @property
    def diff(self) -> str: ...
    @property
    def parameter(self) -> str: ...
    @property
    def place(self) -> tuple[str, str]:
        """Name what two drafts cannot both change."""

    @property
    def way(self) -> str:
        """Say which way it goes; two that go the same way are one."""

    @property
    def short(self) -> str:
        """Say what it makes of its place."""

    @property
    def account(self) -> str:
        """Say by what it was made."""

    def words(self) -> Mapping[str, object]:
        """Return what a playbook's texts may use."""


@dataclass(frozen=True)
class Moved:
    """Move one setting."""

    remedy: Remedy
    lever: Lever
    new: Number
    diff: str

    @property
    def parameter(self) -> str:
        """Return the setting's key."""
        return self.lever.key

    @property
    def place(self) -> tuple[str, str]:
        """Return the setting."""
        return (self.lever.path, self.lever.key)

    @property
    def way(self) -> str:
        """Return up or down."""
        old = self.lever.value
        return "up" if isinstance(old, int | float) and self.new > old else "down"

    @property
    def short(self) -> str:
        """Return the new value."""
        return str(self.new)

    @property
    def account(self) -> str:
        """Return nothing: the sentence of the playbook says it all."""
        return ""

    def words(self) -> Mapping[str, object]:
        """Return the setting with both values and its bounds."""
        lever, old = self.lever, self.lever.value
        return {
            "key": plain(lever.key),
            "path": plain(lever.path),
            "old": old,
            "new": self.new,
            "difference": abs(self.new - old) if isinstance(old, int | float) else "",
            "min": lever.parameter.min,
            "max": lever.parameter.max,
            "meaning": lever.parameter.meaning,
            "unit": lever.parameter.unit,
        }


@dataclass(frozen=True)
class ByFixer:
    """Change what a code fixer mends."""

    mended: Mended

    @property
    def remedy(self) -> Measure:
        """Return what the playbook says of it."""
        return self.mended.mend

    @property
    def diff(self) -> str:
        """Return the diff."""
        return self.mended.outcome.diff

    @property
    def parameter(self) -> str:
        """Return nothing: no setting moves."""
        return ""

    @property
    def place(self) -> tuple[str, str]:
        """Return the change: the same one joins whatever asks for it."""
        return ("", self.mended.digest)

    @property
    def way(self) -> str:
        """Return the one way there is."""
        return "mended"

    @property
    def short(self) -> str:
        """Return the fixer."""
        return self.mended.mend.fixer

    @property
    def account(self) -> str:
        """Say which rules wrote what, how the tests ended, and what was left out."""
        outcome = self.mended.outcome
        lines = [
            "Written by a code fixer; no language model was called. What passes the tests need"
            " not be what was meant: a person judges that.",
            "",
            *(_hunk(one, outcome.diff) for one in outcome.hunks),
            f"- {_tests(outcome)}",
            *(
                f"- Left out of `{quoted(one.path, 120)}`: {quoted(one.reason)}."
                for one in outcome.dropped
            ),
        ]
        return "\n".join(lines)

    def words(self) -> Mapping[str, object]:
        """Return the fixer and the files that change."""
        paths = dict.fromkeys(quoted(one.path, 120) for one in self.mended.outcome.hunks)
        return {
            "fixer": self.mended.mend.fixer,
            "files": ", ".join(f"`{path}`" for path in paths),
        }


@dataclass(frozen=True)
class Draft:
    """Hold one change, why, and every case that asks for it."""

    playbook: Playbook
    change: Change
    cases: tuple[Case, ...]
    measured: Measured
    asked: tuple[str, ...]  # every playbook that explains it, in their order, with what it said

    def told(self, question: Question) -> Told:
        """Return everything that the words of the proposal are made of."""
        return Told(
            playbook=self.playbook,
            remedy=self.change.remedy,
            component=plain(self.cases[0].pattern.component, 80),
            words=self.change.words(),
            diff=self.change.diff,
            parameter=self.change.parameter,
            account=self.change.account,
            cases=self.cases,
            measured=self.measured,
            asked=self.asked,
            target=question.target.slug,
            base=question.commit,
            now=question.now,
            author=AUTHOR,
        )


def _hunk(hunk: Hunk, diff: str) -> str:
    """Name a file with its hunks, and the fixer and rules that wrote them."""
    rules = ", ".join(f"`{quoted(rule, 80)}`" for rule in hunk.rules)
    places = _places(hunk.path, diff)
    where = f" ({', '.join(places)})" if places else " (a new file)"
    return f"- `{quoted(hunk.path, 120)}`{where}: fixer `{hunk.fixer}`, by {rules}."


def _places(path: str, diff: str) -> list[str]:
    """Return where the hunks of one file begin, as the diff counts the new lines."""
    places: list[str] = []
    inside = False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            inside = line.endswith(f" b/{path}")
        elif inside and line.startswith("@@ "):
            places.append(f"hunk at line {line.split('+', 1)[1].split(' ')[0].split(',')[0]}")
    return places


def _tests(outcome: Outcome) -> str:
    if outcome.tests is None:
        why = outcome.not_run.get("tests", "nobody knows why")
        if why == NO_TEST:
            return "The project has no tests that could say more."
        told = quoted(why)
        return f"The tests were not run here: {told}. The gates run them before anybody decides."
    after, before = len(outcome.failing_after), len(outcome.failing_before)
    says = "does not pass all tests" if after else "passes the tests"
    return f"It {says}: {outcome.tests - after} of {outcome.tests} pass; {before} failed before."
