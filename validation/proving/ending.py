"""What does a command's exit code show, where its tests cannot be heard of one by one?

Less: the code under test can bring about any end by itself. So a person has to acknowledge it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from ports.sandbox import Bounds, Ending, Job, Ran
from targets.changes import Change, ChangedFile
from targets.testing.ledger import SIGNALLED
from validation import judges
from validation.models import Outcome
from validation.paths import shown
from validation.proving import composing, running
from validation.proving.telling import end_of
from validation.verdicts import Context, CouldNotRun, GateVerdict, Mark, counted

_ENDINGS = {
    Ending.TIMED_OUT: "run out of time",
    Ending.TOO_MANY_PROCESSES: "start too many processes",
    Ending.TOO_MUCH_MEMORY: "take too much memory",
    Ending.TOO_MANY_FILES: "write too many files",
}
# How test runners say that tests ran: "Ran 3 tests in 0.1s", "3 passed, 1 skipped in 0.1s".
_RAN = re.compile(r"^Ran (\d+) tests? in |\b(\d+) passed\b", re.MULTILINE)
FORGEABLE = (
    "the answer rests on the command's exit code, which the code under test could bring about"
    " by itself: name the tests as “python -m unittest …” or “python -m pytest …” where you can"
)


class ByExit:
    """Judge one change by how a command ends."""

    def __init__(self, change: Change, context: Context, name: str, question: str) -> None:
        self.change, self.context, self.name, self.question = change, context, name, question
        self.command = context.manifest.tests.command
        self.words = f"“{' '.join(self.command)}”"

    def verdict(self) -> GateVerdict:
        """Run it with the change, and without where that tells more."""
        with_change = self._tried(self.change.tree)
        steady = with_change.ended == Ending.DONE
        return replace(self._judged(with_change), level=with_change.level, steady=steady)

    def _judged(self, with_change: Ran) -> GateVerdict:
        if not _passed(with_change):
            return self._failed(with_change, self._tried(self.change.base))
        if not (ran := _ran(with_change)):
            if before := _ran(self._tried(self.change.base)):
                return self._silent(with_change, before)
            if ran == 0:
                what = f"{self.words} runs no test, so nothing shows that it still works."
                return self._answer(Outcome.NOT_RUN, what)
        if altered := judges.judging(self.change, self.command):
            return self._altered(altered, self._tried(self.change.tree, altered))
        mark = Mark("", None, FORGEABLE, refuses=False)
        return self._answer(Outcome.ACKNOWLEDGE, f"{self.words} ended without an error", mark)

    def _failed(self, with_change: Ran, without: Ran) -> GateVerdict:
        if _passed(without):
            summary = f"The tests {_how(with_change)} with the change; without it they pass."
        else:
            summary = (
                f"The tests fail before the change too ({_how(without)}),"
                f" so they cannot show that it is harmless; with it they {_how(with_change)}."
            )
        return self._answer(Outcome.REFUSED, summary, Mark("", None, end_of(with_change.output)))

    def _silent(self, with_change: Ran, before: int) -> GateVerdict:
        """Refuse an end without an error that no test has come to."""
        summary = (
            "The command ended without an error, but no test ran with the change;"
            f" before it, {counted(before, 'test')} did."
        )
        return self._answer(Outcome.REFUSED, summary, Mark("", None, end_of(with_change.output)))

    def _altered(self, files: Sequence[ChangedFile], as_before: Ran) -> GateVerdict:
        """Leave to a person whether a change may alter what it is judged by."""
        end = "they pass as well" if _passed(as_before) else f"they {_how(as_before)}"
        summary = (
            "The tests pass, but the change alters what they depend on;"
            f" with those files as they were, {end}."
        )
        told = "decides how the tests turn out: read it"
        marks = [Mark(shown(file.path), None, told, refuses=False) for file in files]
        if not _passed(as_before):
            marks.append(Mark("", None, end_of(as_before.output)))
        marks.append(Mark("", None, FORGEABLE, refuses=False))
        outcome = Outcome.ACKNOWLEDGE if _passed(as_before) else Outcome.REFUSED
        return self._answer(outcome, summary, *marks)

    def _answer(self, outcome: Outcome, summary: str, *marks: Mark) -> GateVerdict:
        return GateVerdict(self.name, self.question, outcome, summary, marks)

    def _tried(self, tree: str, as_before: Sequence[ChangedFile] = ()) -> Ran:
        manifest = self.context.manifest.tests
        seconds = min(manifest.timeout_seconds, self.context.limits.test_timeout_seconds)
        try:
            with composing.copied(
                tree, self.context.repository, base=self.change.base, files=as_before
            ) as folder:
                bounds = Bounds(seconds=seconds)
                job = Job(command=self.command, tree=folder, bounds=bounds)
                return running.run(job, self.context.heard, self.context.stopped)
        except composing.DoesNotFit as error:
            raise CouldNotRun(str(error)) from error


def _passed(ran: Ran) -> bool:
    return ran.ended == Ending.DONE and ran.code == 0


def _ran(ran: Ran) -> int | None:
    """Return how many tests an output speaks of; None for a command that does not count them."""
    found = _RAN.findall(ran.output)
    return sum(int(first or second) for first, second in found) if found else None


def _how(ran: Ran) -> str:
    if ran.ended != Ending.DONE:
        return _ENDINGS[ran.ended]
    if ran.code is not None and ran.code > SIGNALLED:
        return f"are ended by signal {ran.code - SIGNALLED}"
    return f"fail with exit code {ran.code}"
