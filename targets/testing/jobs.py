"""What is handed to a sandbox so that it runs a target's tests and tells of each one?"""

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ports.sandbox import RESULTS, Bounds, Given, Job, Portable
from targets.testing import driver
from targets.testing.pythons import Python
from targets.testing.suites import Suite

MOST_RESULTS = 32 * 1024 * 1024


@dataclass(frozen=True)
class Wanted:
    """Name the tests to run and what runs them."""

    suite: Suite
    python: Python
    seconds: float

    def job(self, folder: Path, nonce: str, only: Iterable[str] | None = None) -> Job:
        """Return the job that runs the tests of a folder and writes a ledger with this nonce."""
        return Job(
            command=(self.python.command, "-I", "-B", *self.suite.switches, Given("driver.py")),
            tree=folder,
            bounds=Bounds(seconds=self.seconds, results=MOST_RESULTS),
            given=self.given(nonce, only),
            visible=self.python.visible,
            results=True,
            portable=self.portable,
        )

    @property
    def portable(self) -> Portable:
        """Say what a Python elsewhere needs to run them."""
        return Portable(python=True, modules=(self.suite.framework, *self.suite.plugins))

    def given(self, nonce: str, only: Iterable[str] | None = None) -> dict[str, bytes]:
        """Return the files that lie beside the tests: the driver, its plan and its settings."""
        suite = self.suite
        plan = {
            "nonce": nonce,
            "results": RESULTS,
            "framework": suite.framework,
            "arguments": suite.arguments,
            "plugins": suite.plugins,
            "without": suite.without,
            "paths": suite.paths,
            "only": None if only is None else sorted(only),
        }
        return {
            "driver.py": _driver(),
            "plan.json": json.dumps(plan).encode(),
            "pytest.ini": suite.settings.encode(),
        }


@functools.cache
def _driver() -> bytes:
    return Path(driver.__file__).read_bytes()
