"""How do a project's tests end in the sandbox, and which candidate makes them pass?"""

import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ports.sandbox import (
    Bounds,
    Ending,
    Given,
    Job,
    PermanentError,
    Ran,
    Sandbox,
    Stopped,
    TemporaryError,
)
from ports.stopping import CalledOff
from targets.testing import pythons
from targets.testing.jobs import Wanted
from targets.testing.suites import Suite as Tests

DRIVER = Path(__file__).with_name("driver.py")
MOST_RESULTS = 32 * 1024 * 1024
SECONDS = 60.0


class CouldNotTry(Exception):
    """Say why the tests did not come to their end."""


@dataclass(frozen=True)
class Came:
    """Say how each test ended, and through which lines of which files it ran."""

    outcomes: Mapping[str, bool]
    lines: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)

    @property
    def failing(self) -> tuple[str, ...]:
        """Name the tests that fail."""
        return tuple(sorted(name for name, passed in self.outcomes.items() if not passed))

    @property
    def passing(self) -> tuple[str, ...]:
        """Name the tests that pass."""
        return tuple(sorted(name for name, passed in self.outcomes.items() if passed))

    def about(self, tests: Collection[str]) -> "Came":
        """Forget the failing tests that nobody asks about, and their lines."""
        kept = {name: ok for name, ok in self.outcomes.items() if ok or name in tests}
        return Came(kept, {name: one for name, one in self.lines.items() if name in kept})


@dataclass(frozen=True)
class Candidate:
    """Hold one file with one thing changed."""

    path: str
    text: str


def plainly(python: Path = Path(sys.executable), seconds: float = SECONDS) -> Wanted:
    """Ask for all that pytest finds, where nobody says how a project is tested."""
    return Wanted(Tests("pytest", "python3"), pythons.at(python), seconds)


@dataclass(frozen=True)
class Suite:
    """Run a project's tests: which sandbox, which tests, for how long."""

    sandbox: Sandbox
    wanted: Wanted = field(default_factory=plainly)
    each: float = 10  # the most for one candidate
    test_seconds: float = 5  # the most for one test
    stopped: Stopped = field(default=bool, compare=False)  # bool() is False: nobody stops it

    def run(self, folder: Path, *, trace: bool = False) -> Came:
        """Run every test; raise CouldNotTry where that is not possible."""
        ran = self._run(folder, {"trace": trace}, self.wanted.seconds)
        found = list(_lines(ran))
        if ran.ended != Ending.DONE or ran.code != 0 or len(found) != 1:
            raise CouldNotTry(_why(ran))
        if missing := found[0].get("missing"):
            raise CouldNotTry(f"{missing} is not in {self.wanted.python.command}")
        lines = {
            name: [(str(path), int(line)) for path, line in places]
            for name, places in found[0]["lines"].items()
        }
        outcomes = {str(name): passed is True for name, passed in found[0]["outcomes"].items()}
        return Came(outcomes, lines)

    def first_good(
        self, folder: Path, came: Came, candidates: Sequence[Candidate]
    ) -> tuple[int | None, int]:
        """Return the number of the first candidate that passes all, and how many were tried."""
        seconds = self.wanted.seconds
        plan = {
            "failing": came.failing,
            "passing": came.passing,
            "seconds": seconds,
            "each": self.each,
            "candidates": [
                {"number": number, "path": one.path, "text": one.text}
                for number, one in enumerate(candidates)
            ],
        }
        ran = self._run(folder, plan, seconds + self.each + 5)
        found = list(_lines(ran))
        if not found:
            raise CouldNotTry(_why(ran))
        good = [one["number"] for one in found if one["came"] == "passed"]
        return (good[0] if good else None), len(found)

    def _run(self, folder: Path, plan: Mapping[str, Any], seconds: float) -> Ran:
        given, asked = self.wanted.given, json.loads(self.wanted.words(""))
        plan = {**asked, **plan, "test_seconds": self.test_seconds}
        python, switches = self.wanted.python, self.wanted.suite.switches
        job = Job(
            command=(python.command, "-I", "-B", *switches, Given("driver.py")),
            tree=folder,
            bounds=Bounds(seconds=seconds, results=MOST_RESULTS),
            given={
                "driver.py": DRIVER.read_bytes(),
                "driving.py": given["driver.py"],
                "plan.json": json.dumps(plan).encode(),
                "pytest.ini": given["pytest.ini"],
            },
            environment={"PYTHONHASHSEED": "0"},
            visible=python.visible,
            results=True,
        )
        try:
            ran = self.sandbox.run(job, stopped=self.stopped)
        except (TemporaryError, PermanentError) as error:
            raise CouldNotTry(str(error)) from error
        if ran.ended == Ending.STOPPED:
            raise CalledOff
        return ran


def _lines(ran: Ran) -> Iterator[dict[str, Any]]:
    for line in ran.results.decode("utf-8", "replace").splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            return
        if isinstance(found, dict):
            yield found


def _why(ran: Ran) -> str:
    last = ran.output.strip().splitlines()[-1:] or [""]
    return f"the tests did not come to their end: {ran.ended} {ran.why} {last[0][:200]}".strip()
