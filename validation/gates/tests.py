"""Do the target's own tests pass with the change?"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ports.sandbox import Bounds, Ending, Job, PermanentError, Ran, TemporaryError
from ports.sandbox.chosen import sandbox
from targets.changes import Change, ChangedFile
from targets.repository import PathMissing
from validation import judges
from validation.models import Outcome
from validation.paths import shown
from validation.verdicts import Context, CouldNotRun, GateVerdict, Mark, counted

NAME = "tests"
QUESTION = "Do the target's own tests pass with the change?"
VERSION = 3

SHOWN_LINES = 40
SIGNALLED = 128  # and the number of the signal, as in a shell
_ENDINGS = {
    Ending.TIMED_OUT: "run out of time",
    Ending.TOO_MANY_PROCESSES: "start too many processes",
    Ending.TOO_MUCH_MEMORY: "take too much memory",
    Ending.TOO_MANY_FILES: "write too many files",
}
# How unittest and pytest say that tests ran: "Ran 3 tests in 0.1s", "3 passed, 1 skipped in 0.1s".
_RAN = re.compile(r"^Ran (\d+) tests? in |\b(\d+) passed\b", re.MULTILINE)


def run(change: Change, context: Context) -> GateVerdict:
    """Run the tests on a copy with the change; say what they show, and what they cannot."""
    command = context.manifest.tests.command
    if not command:
        what = "The target names no tests, so nothing shows that it still works."
        return GateVerdict(NAME, QUESTION, Outcome.NOT_RUN, what)
    with_change = _tried(change.tree, context)
    steady = with_change.ended == Ending.DONE
    return replace(_judged(change, context, with_change), level=with_change.level, steady=steady)


def _judged(change: Change, context: Context, with_change: Ran) -> GateVerdict:
    command = context.manifest.tests.command
    if not _passed(with_change):
        return _failed(with_change, _tried(change.base, context))
    if not (ran := _ran(with_change)):
        if before := _ran(_tried(change.base, context)):
            return _silent(with_change, before)
        if ran == 0:
            what = f"“{' '.join(command)}” runs no test, so nothing shows that it still works."
            return GateVerdict(NAME, QUESTION, Outcome.NOT_RUN, what)
    if altered := judges.judging(change, command):
        return _altered(altered, _tried(change.tree, context, as_before=(change.base, altered)))
    return GateVerdict(NAME, QUESTION, Outcome.PASSED, f"“{' '.join(command)}” passed")


def _failed(with_change: Ran, without: Ran) -> GateVerdict:
    if _passed(without):
        summary = f"The tests {_how(with_change)} with the change; without it they pass."
    else:
        summary = (
            f"The tests fail before the change too ({_how(without)}),"
            f" so they cannot show that it is harmless; with it they {_how(with_change)}."
        )
    mark = Mark("", None, _end_of(with_change.output))
    return GateVerdict(NAME, QUESTION, Outcome.REFUSED, summary, (mark,))


def _silent(with_change: Ran, before: int) -> GateVerdict:
    """Refuse an end without an error that no test has come to: code can bring it about itself."""
    summary = (
        "The command ended without an error, but no test ran with the change;"
        f" before it, {counted(before, 'test')} did."
    )
    mark = Mark("", None, _end_of(with_change.output))
    return GateVerdict(NAME, QUESTION, Outcome.REFUSED, summary, (mark,))


def _altered(files: Sequence[ChangedFile], as_before: Ran) -> GateVerdict:
    """Leave to a person whether a change may alter what it is judged by."""
    end = "they pass as well" if _passed(as_before) else f"they {_how(as_before)}"
    summary = (
        "The tests pass, but the change alters what they depend on;"
        f" with those files as they were, {end}."
    )
    marks = [
        Mark(shown(file.path), None, "decides how the tests turn out: read it", refuses=False)
        for file in files
    ]
    if not _passed(as_before):
        marks.append(Mark("", None, _end_of(as_before.output), refuses=False))
    return GateVerdict(NAME, QUESTION, Outcome.ACKNOWLEDGE, summary, tuple(marks))


def _tried(
    tree: str, context: Context, *, as_before: tuple[str, Sequence[ChangedFile]] | None = None
) -> Ran:
    manifest = context.manifest.tests
    seconds = min(manifest.timeout_seconds, context.limits.test_timeout_seconds)
    with _copy(tree, context) as folder:
        try:
            _put_back(folder, context, *as_before or (tree, ()))
        except OSError as error:  # a folder where a file was, or the other way round
            raise CouldNotRun(
                f"the tests as they were do not fit beside the change: {error.strerror};"
                " change tests and code one after the other"
            ) from error
        job = Job(command=manifest.command, tree=folder, bounds=Bounds(seconds=seconds))
        ran = _run(job, context)
    if ran.ended == Ending.NOT_STARTED:
        raise CouldNotRun(f"“{' '.join(manifest.command)}” could not be started: {ran.why}")
    if ran.ended in (Ending.LOST, Ending.STOPPED):
        raise CouldNotRun(f"the tests ended the process that watches them: {ran.why}")
    output = ran.output.replace(f"{ran.tree}/", "").replace(ran.home, "~")
    return replace(ran, output=output)


def _run(job: Job, context: Context) -> Ran:
    try:
        return sandbox().run(job, heard=context.heard, stopped=context.stopped)
    except (PermanentError, TemporaryError) as error:
        raise CouldNotRun(str(error)) from error


def _put_back(folder: Path, context: Context, base: str, files: Sequence[ChangedFile]) -> None:
    """Give files of the copy the content of the base, or remove what the base did not have."""
    for file in files:
        (folder / file.path).unlink(missing_ok=True)
    for file in files:
        place = folder / file.path
        try:
            content = context.repository.read(base, file.path)
        except PathMissing:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(0o755 if file.old_mode == "100755" else 0o644)


@contextmanager
def _copy(tree: str, context: Context) -> Iterator[Path]:
    """Give a plain copy of the files, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="selfimprove-tests-") as top:
        folder = Path(top, "files")
        folder.mkdir()
        context.repository.export(tree, folder)
        yield folder


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


def _end_of(output: str) -> str:
    lines = output.strip().splitlines()[-SHOWN_LINES:]
    return "\n".join(line[:300] for line in lines) or "(no output)"
