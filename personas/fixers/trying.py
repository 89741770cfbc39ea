"""How do a project's tests end in the sandbox, and which candidate makes them pass?"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
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
    TemporaryError,
)

DRIVER = Path(__file__).with_name("driver.py")
MOST_RESULTS = 32 * 1024 * 1024


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


@dataclass(frozen=True)
class Candidate:
    """Hold one file with one thing changed."""

    path: str
    text: str


@dataclass(frozen=True)
class Suite:
    """Run a project's tests: which sandbox, which Python, for how long."""

    sandbox: Sandbox
    python: Path = Path(sys.executable)
    seconds: float = 60
    each: float = 10  # the most for one candidate
    test_seconds: float = 5  # the most for one test
    plugins: bool = False  # whether pytest loads whatever is installed beside it

    def run(self, folder: Path, *, trace: bool = False) -> Came:
        """Run every test; raise CouldNotTry where that is not possible."""
        ran = self._run(folder, {"trace": trace}, self.seconds)
        found = list(_lines(ran))
        if ran.ended != Ending.DONE or ran.code != 0 or len(found) != 1:
            raise CouldNotTry(_why(ran))
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
        plan = {
            "failing": came.failing,
            "passing": came.passing,
            "seconds": self.seconds,
            "each": self.each,
            "candidates": [
                {"number": number, "path": one.path, "text": one.text}
                for number, one in enumerate(candidates)
            ],
        }
        ran = self._run(folder, plan, self.seconds + self.each + 5)
        found = list(_lines(ran))
        if not found:
            raise CouldNotTry(_why(ran))
        good = [one["number"] for one in found if one["came"] == "passed"]
        return (good[0] if good else None), len(found)

    def _run(self, folder: Path, plan: Mapping[str, Any], seconds: float) -> Ran:
        plan = {**plan, "test_seconds": self.test_seconds, "plugins": self.plugins}
        job = Job(
            command=(str(self.python), "-I", "-B", Given("driver.py"), Given("plan.json")),
            tree=folder,
            bounds=Bounds(seconds=seconds, results=MOST_RESULTS),
            given={"driver.py": DRIVER.read_bytes(), "plan.json": json.dumps(plan).encode()},
            environment={"PYTHONHASHSEED": "0"},
            visible=_folders(self.python),
            results=True,
        )
        try:
            return self.sandbox.run(job)
        except (TemporaryError, PermanentError) as error:
            raise CouldNotTry(str(error)) from error


def _folders(python: Path) -> tuple[Path, ...]:
    """Return the folders that an interpreter needs to see beside /usr."""
    real = python.resolve().parent.parent
    found = {python.parent.parent, real}
    return tuple(sorted(place for place in found if not place.is_relative_to("/usr")))


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
