"""How are a target's tests run in the sandbox, and heard of one by one?"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ports.sandbox import (
    Ending,
    Heard,
    Job,
    PermanentError,
    Ran,
    Stopped,
    TemporaryError,
)
from ports.sandbox.chosen import sandbox
from targets.changes import Change
from targets.testing import ledger, pythons, suites
from targets.testing.jobs import AT_LENGTH, Wanted
from targets.testing.ledger import Told
from targets.testing.pythons import Python
from targets.testing.suites import Suite
from validation.proving import composing, negation
from validation.verdicts import Context, CouldNotRun

LOST = (Ending.LOST, Ending.STOPPED)
NO_FRAMEWORK = (
    "{what} is not in the Python that runs the tests ({python}): name one that has it in"
    " [validation.pythons] of the configuration, such as {target} ="
    ' "/opt/environments/{target}/bin/python"'
)
ELSEWHERE = (
    "the tests ran other code than the change's, which is installed where they run: {what}. Name a"
    " Python without it in [validation.pythons] of the configuration"
)


@dataclass(frozen=True)
class Bench:
    """Hold what every run of a target's tests has in common."""

    target: str
    suite: Suite
    python: Python
    seconds: float
    heard: Heard | None = field(default=None, compare=False)  # gets the output as it comes
    stopped: Stopped | None = field(default=None, compare=False)

    def say(self, what: str) -> None:
        """Tell whoever reads along which of the runs begins."""
        if self.heard:
            self.heard(f"selfimprove: {what}\n".encode())

    def run(
        self, folder: Path, *, only: Iterable[str] | None = None, at_length: int = AT_LENGTH
    ) -> Told:
        """Run the tests of a folder; raise CouldNotRun when they cannot be run at all."""
        nonce = secrets.token_hex(16)
        job = Wanted(self.suite, self.python, self.seconds).job(folder, nonce, only, at_length)
        told = ledger.read(run(job, self.heard, self.stopped), nonce)
        if told.missing:
            words = {"what": told.missing, "python": self.python.command, "target": self.target}
            raise CouldNotRun(NO_FRAMEWORK.format(**words))
        if told.elsewhere:
            raise CouldNotRun(ELSEWHERE.format(what=told.elsewhere))
        return told

    def turn_round(self, folder: Path, name: str, tests: Collection[str]) -> tuple[str, ...]:
        """Make the tests of a copy those of the control run; return those that nobody can.

        What is newer than our Python is left to the one that runs the tests.
        """
        left = composing.turn_round(folder, name, tests)
        if not left:
            return ()
        ran = run(negation.elsewhere(left, name, folder, self.python), None, self.stopped)
        done = dict(negation.told(ran.results, ran.ended, left))
        for path, text in done.items():
            (folder / path).write_text(text, "utf-8")
        return tuple(path for path in left if path not in done)


def bench_for(change: Change, context: Context, suite: Suite) -> Bench:
    """Say how tests are run; everything that the target adds comes from its base."""
    manifest, repository = context.manifest.tests, context.repository
    target = PurePosixPath(repository.git_dir).stem
    try:
        python = pythons.chosen(target, dict(context.limits.pythons), suite.python)
    except pythons.NoPython as error:
        raise CouldNotRun(str(error)) from error
    if suite.framework == "pytest":
        found = repository.read_all(change.base, suites.FILES)
        files = {name: content.decode("utf-8", "replace") for name, content in found.items()}
        suite = suites.configured(suite, files, repository.paths(change.base), manifest.plugins)
    seconds = min(manifest.timeout_seconds, context.limits.test_timeout_seconds)
    return Bench(target, suite, python, seconds, context.heard, context.stopped)


def run(job: Job, heard: Heard | None, stopped: Stopped | None) -> Ran:
    """Run a job; raise CouldNotRun where its end says nothing of the tests."""
    try:
        ran = sandbox().run(job, heard=heard, stopped=stopped)
    except (PermanentError, TemporaryError) as error:
        raise CouldNotRun(str(error)) from error
    command = " ".join(word for word in job.command if isinstance(word, str))
    if ran.ended == Ending.NOT_STARTED:
        raise CouldNotRun(f"“{command}” could not be started: {ran.why}")
    if ran.ended in LOST:
        raise CouldNotRun(f"the tests ended the process that watches them: {ran.why}")
    output = ran.output.replace(f"{ran.tree}/", "").replace(ran.home, "~")
    return replace(ran, output=output)
