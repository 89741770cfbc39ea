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
AT_LENGTH = 100  # failures whose words are told in full: more of them nobody reads


@dataclass(frozen=True)
class Wanted:
    """Name the tests to run and what runs them."""

    suite: Suite
    python: Python
    seconds: float

    def job(
        self,
        folder: Path,
        nonce: str,
        only: Iterable[str] | None = None,
        at_length: int = AT_LENGTH,
    ) -> Job:
        """Return the job that runs the tests of a folder and writes a ledger with this nonce."""
        return Job(
            command=(self.python.command, "-I", "-B", *self.suite.switches, Given("driver.py")),
            tree=folder,
            bounds=Bounds(seconds=self.seconds, results=MOST_RESULTS),
            given=self.given,
            words=self.words(nonce, only, at_length),
            visible=self.python.visible,
            results=True,
            portable=self.portable,
        )

    @property
    def portable(self) -> Portable:
        """Say what a Python elsewhere needs to run them."""
        return Portable(python=True, modules=(self.suite.framework, *self.suite.plugins))

    @property
    def given(self) -> dict[str, bytes]:
        """Return the files that lie beside the tests: the driver and its settings."""
        return {"driver.py": _driver(), "pytest.ini": self.suite.settings.encode()}

    def words(
        self, nonce: str, only: Iterable[str] | None = None, at_length: int = AT_LENGTH
    ) -> bytes:
        """Return the plan, which the driver reads before any code of the target is there."""
        suite = self.suite
        plan = {
            "nonce": nonce,
            "results": RESULTS,
            "framework": suite.framework,
            "arguments": suite.arguments,
            "plugins": suite.plugins,
            "without": suite.without,
            "paths": suite.paths,
            "at_length": at_length,
            "only": None if only is None else sorted(only),
        }
        return json.dumps(plan).encode()


@functools.cache
def _driver() -> bytes:
    return Path(driver.__file__).read_bytes()
