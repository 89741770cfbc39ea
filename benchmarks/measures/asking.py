"""How is a benchmark asked about a tree, and how does its answer come out of the sandbox?"""

import functools
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks import inside
from benchmarks.measured import Better, Measured, Outcome
from benchmarks.tools import Tools
from ports.sandbox import (
    Bounds,
    Ending,
    Given,
    Heard,
    Job,
    PermanentError,
    Portable,
    Ran,
    Sandbox,
    Stopped,
    TemporaryError,
)
from ports.sandbox.away.agentcore import AWAY
from ports.sandbox.chosen import away, sandbox
from targets.manifest import Manifest
from targets.testing.pythons import Python

MOST_RESULTS = 32 * 1024 * 1024
ANY_PYTHON = Portable(python=True)  # for scripts that read files and need no tool
SHOWN = 4000  # characters of an output
_ENDINGS = {
    Ending.TOO_MANY_PROCESSES: "it started",
    Ending.TOO_MUCH_MEMORY: "it took",
    Ending.TOO_MANY_FILES: "it wrote",
}


class NotMeasured(Exception):
    """There is no score; the outcome and the words say why."""

    def __init__(self, outcome: Outcome, words: str, ran: Ran | None = None) -> None:
        self.outcome, self.words, self.ran = outcome, words, ran
        super().__init__(words)


class Cancelled(Exception):
    """A person called the measuring off."""


@dataclass(frozen=True)
class Scene:
    """Give a benchmark what it measures: a plain copy of a tree, and what goes with it."""

    name: str  # of the target, as the configuration knows it
    folder: Path
    paths: tuple[str, ...]
    manifest: Manifest
    pythons: Mapping[str, str]
    tools: Tools
    stopped: Stopped | None = field(default=None, compare=False)

    def text(self, path: str) -> str | None:
        """Return a file's text, None where the tree has no such plain file."""
        place = self.folder / path
        if path not in self.paths or place.is_symlink() or not place.is_file():
            return None
        return place.read_bytes().decode("utf-8", "replace")


@dataclass(frozen=True)
class Benchmark:
    """Say what a benchmark asks, of which files, by what, and how its score is read."""

    name: str
    question: str
    measure: "Callable[[Scene, float], Measured]"
    reads: Callable[[str], bool]  # whether a path has a say in the answer
    unit: str
    better: Better
    tool: str = ""
    weight: float = 1.0
    seconds: float = 0.0  # its own limit; else as configured
    starts: bool = False  # code of the target, which clock, load and chance have a say in
    portable: bool = False  # whether it can be asked on another machine
    alone: bool = False  # since what runs beside it would be in its score
    by_findings: bool = False  # compared by what it finds: its score moves when a line does
    definition: str = ""  # what else the answer depends on
    version: int = 1


def python_files(path: str) -> bool:
    """Tell whether a path is a file of Python."""
    return path.endswith((".py", ".pyi"))


def every_file(path: str) -> bool:
    """Say that every path has a say."""
    return bool(path)


def ask(
    scene: Scene,
    script: str,
    *arguments: str | Given,
    seconds: float,
    given: Mapping[str, bytes] | None = None,
    python: Python | None = None,
    visible: tuple[Path, ...] = (),
    portable: Portable | None = None,
) -> tuple[dict[str, Any], Ran]:
    """Run one of our scripts beside a copy of the tree; raise NotMeasured without its answer."""
    ours = scene.tools.python
    python = python or ours
    job = Job(
        command=(python.command, "-I", "-B", Given("inside.pyz"), script, *arguments),
        tree=scene.folder,
        bounds=Bounds(seconds=seconds, results=MOST_RESULTS),
        given={"inside.pyz": packed(), **(given or {})},
        visible=tuple(sorted({*ours.visible, *python.visible, *visible})),
        results=True,
        portable=portable,
    )
    ran = run(job, scene.stopped)
    return document(ran), ran


def in_force() -> Sandbox:
    """Return the sandbox of benchmarks."""
    return away() if settings.SELFIMPROVE.benchmarks.sandbox == AWAY else sandbox()


def run(job: Job, stopped: Stopped | None, heard: Heard | None = None) -> Ran:
    """Run a job; raise NotMeasured where it could not, Cancelled where a person stopped it."""
    try:
        ran = in_force().run(job, heard=heard, stopped=stopped)
    except (PermanentError, TemporaryError) as error:
        raise NotMeasured(Outcome.NOT_RUN, str(error)) from error
    if ran.ended == Ending.STOPPED:
        raise Cancelled
    if ran.ended in (Ending.NOT_STARTED, Ending.LOST):
        raise NotMeasured(Outcome.NOT_RUN, ran.why, ran)
    if ran.ended == Ending.TIMED_OUT:
        words = f"it took longer than the {job.bounds.seconds:g} s that it may take"
        raise NotMeasured(Outcome.BROKEN_OFF, words, ran)
    if ran.ended != Ending.DONE:
        raise NotMeasured(Outcome.BROKEN_OFF, f"{_ENDINGS[ran.ended]} {ran.why}", ran)
    return ran


def document(ran: Ran) -> dict[str, Any]:
    """Read the one JSON document that a script writes; raise NotMeasured where it is not whole."""
    if any("results" in words for words in ran.violations):
        raise NotMeasured(Outcome.INCONCLUSIVE, "its report is too large, and was cut", ran)
    if not ran.results:
        words = f"it ended with exit code {ran.code} and left no report"
        raise NotMeasured(Outcome.INCONCLUSIVE, words, ran)
    try:
        found = json.loads(ran.results)
    except (ValueError, RecursionError) as error:
        raise NotMeasured(Outcome.INCONCLUSIVE, "its report is cut or malformed", ran) from error
    if not isinstance(found, dict):
        raise NotMeasured(Outcome.INCONCLUSIVE, "its report is not of the agreed form", ran)
    return found


def end_of(ran: Ran | None) -> str:
    """Return the last words of a run, without the places of its copy."""
    if ran is None:
        return ""
    text = (
        ran.output.replace(f"{ran.tree}/", "").replace(ran.home, "~") if ran.tree else ran.output
    )
    return text.strip()[-SHOWN:]


@functools.cache
def packed() -> bytes:
    """Return our scripts as one file that Python can start."""
    folder = Path(inside.__file__).parent
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(_entry("benchmarks/__init__.py"), "")
        for path in sorted(folder.glob("*.py")):
            name = "__main__.py" if path.stem == "__main__" else f"benchmarks/inside/{path.name}"
            archive.writestr(_entry(name), path.read_bytes())
    return content.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """Name a file without the moment of its packing: the same code is the same bytes."""
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


def script(name: str) -> bytes:
    """Return one script that has to stand alone."""
    return (Path(inside.__file__).parent / f"{name}.py").read_bytes()


def needed(scene: Scene, tool: str) -> str:
    """Return a tool's version; raise NotMeasured where it is not installed."""
    if tool not in scene.tools.versions:
        raise NotMeasured(Outcome.NOT_RUN, scene.tools.missing(tool))
    return scene.tools.versions[tool]


def counted(many: int, one: str) -> str:
    """Say a number with its noun."""
    return f"{many} {one}{'' if many == 1 else 's'}"
