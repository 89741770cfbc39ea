"""How are the things that a gate wants to try run on a copy of a tree, and what came of each?"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ports import temporary
from ports.sandbox import Bounds, Ending, Given, Job, Level, PermanentError, Ran, TemporaryError
from ports.sandbox.chosen import sandbox
from targets.repository import PathMissing, Repository
from targets.testing import pythons
from targets.testing.pythons import Python
from validation.trying import driver
from validation.verdicts import Context, CouldNotRun, visible

SECONDS_EACH = 20.0
DRIVER, PLAN = "driver.py", "plan.json"
_PLAIN = {
    Ending.TOO_MANY_PROCESSES: "it started too many processes",
    Ending.TOO_MUCH_MEMORY: "it took too much memory",
    Ending.TOO_MANY_FILES: "it wrote too many files",
}


@dataclass(frozen=True)
class Told:
    """Say what came of one thing that was tried."""

    ok: bool
    ended: str = ""  # how, in words that follow its name
    missing: str = ""  # the module that Python did not find
    lines: tuple[str, ...] = ()
    places: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Tried:
    """Hold what came of all of them, in their order; None where the time was up before."""

    told: tuple[Told | None, ...]
    level: Level | None
    python: str = ""  # the version of what tried them


@dataclass(frozen=True)
class Attempt:
    """Say what to try, where modules are looked for, and for how long."""

    items: Sequence[Mapping[str, Any]]
    roots: Sequence[str] = ()
    seconds: float = 60.0
    nonce: str = field(default_factory=lambda: secrets.token_hex(16))

    def plan(self) -> bytes:
        """Write down what the driver reads."""
        each = min(SECONDS_EACH, self.seconds)
        plan = {"nonce": self.nonce, "seconds": each, "roots": list(self.roots)}
        return json.dumps({**plan, "items": list(self.items)}).encode()


def tried(attempt: Attempt, folder: Path, context: Context) -> Tried:
    """Try each on a copy of the folder; raise CouldNotRun when nothing reliable came of it."""
    if not attempt.items:
        return Tried((), None)
    python = _python(context)
    ran = run(
        Job(
            command=(python.command, "-I", Given(DRIVER), Given(PLAN)),
            tree=folder,
            bounds=Bounds(seconds=attempt.seconds),
            given={DRIVER: Path(driver.__file__).read_bytes(), PLAN: attempt.plan()},
            visible=python.visible,
            results=True,
        ),
        context,
    )
    answers = list(_answers(ran.results, attempt.nonce))
    found = {answer["item"]: _one(answer) for answer in answers if "item" in answer}
    complete = ran.ended == Ending.DONE and ran.code == 0 and len(found) == len(attempt.items)
    if not complete and ran.ended != Ending.TIMED_OUT:
        raise CouldNotRun(f"what was tried did not come to its end: {_why(ran)}")
    told = tuple(found.get(number) for number in range(len(attempt.items)))
    version = next((str(answer["python"]) for answer in answers if "python" in answer), "")
    return Tried(told, ran.level, visible(version)[:40])


def _python(context: Context) -> Python:
    """Return the Python that the operator names for the target's tests, else the sandbox's."""
    target = PurePosixPath(context.repository.git_dir).stem
    try:
        return pythons.chosen(target, dict(context.limits.pythons), "python3")
    except pythons.NoPython as error:
        raise CouldNotRun(str(error)) from error


def known(told: Told | None) -> Told:
    """Return what came of something without the change; raise CouldNotRun when nobody knows."""
    if told is None:
        raise CouldNotRun("the time was up before it was known what failed without the change too")
    return told


def run(job: Job, context: Context | None = None) -> Ran:
    """Run a job in the sandbox in force, heard and stopped as a check wants it."""
    heard, stopped = (context.heard, context.stopped) if context else (None, None)
    try:
        ran = sandbox().run(job, heard=heard, stopped=stopped)
    except (PermanentError, TemporaryError) as error:
        raise CouldNotRun(str(error)) from error
    if ran.ended in (Ending.NOT_STARTED, Ending.LOST, Ending.STOPPED):
        raise CouldNotRun(f"what was tried could not be followed to its end: {ran.why}")
    return ran


@contextmanager
def copied(
    repository: Repository, tree: str, *, other: str = "", paths: Sequence[str] = ()
) -> Iterator[Path]:
    """Give a plain copy of a tree, these paths of it as another tree has them; gone afterwards."""
    with temporary.folder("trying") as top:
        folder = top / "files"
        repository.export(tree, folder)
        for path in paths:
            _put(folder, path, _content(repository, other, path))
        yield folder


def _content(repository: Repository, tree: str, path: str) -> bytes | None:
    try:
        return repository.read(tree, path)
    except PathMissing:
        return None


def _put(folder: Path, path: str, content: bytes | None) -> None:
    place = folder / path
    try:
        place.unlink(missing_ok=True)
        if content is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            place.chmod(0o755)  # whether it may be started is not what is asked
    except OSError as error:  # a folder where a file was, or the other way round
        raise CouldNotRun(f"{path} of both trees cannot stand in one: {error.strerror}") from error


def _answers(results: bytes, nonce: str) -> Iterator[dict[str, Any]]:
    """Read the lines that bear the mark; whatever else was written is not ours."""
    for line in results.splitlines():
        mark, _, text = line.partition(b" ")
        if mark == nonce.encode():
            with suppress(ValueError):  # cut short: whoever counts them will see it
                yield json.loads(text)


def _one(answer: Mapping[str, Any]) -> Told:
    if answer.get("other"):
        what = f"its name, “{answer['other']}”, is another module's here"
        return Told(False, what)
    return Told(
        ok=answer.get("ok") is True,
        ended=str(answer.get("ended", "")),
        missing=str(answer.get("missing") or ""),
        lines=tuple(str(line) for line in answer.get("lines") or ()),
        places=tuple((str(path), int(line)) for path, line in answer.get("places") or ()),
    )


def _why(ran: Ran) -> str:
    if ran.ended in _PLAIN:
        return _PLAIN[ran.ended]
    lines = ran.output.strip().splitlines()
    return lines[-1][:300] if lines else f"exit code {ran.code}"
