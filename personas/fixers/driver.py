"""Run a project's tests inside the sandbox: once with the lines of each, or once per candidate.

Given to the sandbox as one file; beside it lie its plan and `driving.py`, by which every run of
tests is started and heard of, so that a test has one name everywhere.
"""

import contextlib
import importlib.util
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

TREE = str(Path.cwd())
HERE = Path(__file__).parent
MOST_LINES = 200_000
COUNTED = ("passed", "failed", "error")


class Heard:
    """Stand where the ledger of tests would, and remember how each ended."""

    def __init__(self) -> None:
        self.outcomes: dict[str, bool] = {}
        self.missing = ""

    def case(self, name: str, outcome: str, words: str = "", seconds: float = 0.0) -> None:
        """Count a test as passed only when everything of it went well."""
        if outcome in COUNTED:
            self.outcomes[name[:500]] = outcome == "passed" and self.outcomes.get(name, True)

    def add(self, **record: Any) -> None:
        """Hear that the framework is not there."""
        if record.get("kind") == "missing":
            self.missing = record["what"]


class Watch:
    """Count the time of a test, since one that never ends has failed, and note its lines."""

    def __init__(self, *, trace: bool, seconds: float) -> None:
        self.trace, self.seconds = trace, seconds
        self.lines: dict[str, list[tuple[str, int]]] = {}
        self.seen: set[tuple[str, int]] = set()

    def begin(self) -> None:
        """Begin with a test."""
        signal.signal(signal.SIGALRM, _too_long)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        if self.trace:
            self.seen = set()
            sys.settrace(self._called)
            threading.settrace(self._called)

    def end(self, name: str) -> None:
        """End with it."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self.trace:
            sys.settrace(None)
            threading.settrace(None)
            self.lines[name[:500]] = sorted(self.seen)

    def _called(self, frame: FrameType, event: str, argument: object) -> Any:
        return self._line if frame.f_code.co_filename.startswith(TREE) else None

    def _line(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "line" and len(self.seen) < MOST_LINES:
            self.seen.add((frame.f_code.co_filename[len(TREE) + 1 :], frame.f_lineno))
        return self._line


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TimeoutError("the test takes too long")


def driving(watch: Watch, *, early: bool) -> Any:
    """Load what runs tests, and have each of them watched; `early` ends at the first failure."""
    spec = importlib.util.spec_from_file_location("driving", HERE / "driving.py")
    if spec is None or spec.loader is None:
        raise RuntimeError("there is nothing that runs tests")
    driver: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(driver)

    class Recorder(driver.Recorder):  # type: ignore[misc]
        def pytest_runtest_setup(self, item: Any) -> None:
            watch.begin()

        def pytest_runtest_teardown(self, item: Any) -> None:
            watch.end(item.nodeid)

    class Result(driver.Result):  # type: ignore[misc]
        def startTest(self, test: Any) -> None:
            super().startTest(test)
            watch.begin()

        def stopTest(self, test: Any) -> None:
            watch.end(test.id())
            super().stopTest(test)

        def _bad(self, *words: Any) -> None:
            super()._bad(*words)
            if early:
                self.stop()

    driver.Recorder, driver.Result = Recorder, Result
    return driver


def run(
    plan: dict[str, Any],
    only: Iterable[str] | None,
    *,
    trace: bool = False,
    early: bool = False,
) -> tuple[Heard, Watch]:
    """Run tests in this process."""
    heard, watch = Heard(), Watch(trace=trace, seconds=plan["test_seconds"])
    early_word = ["-x"] if early and plan["framework"] == "pytest" else []
    words = [*plan["arguments"], *early_word]
    asked = {**plan, "arguments": words, "only": None if only is None else sorted(only)}
    driving(watch, early=early).FRAMEWORKS[plan["framework"]](asked, heard)
    return heard, watch


def judge(plan: dict[str, Any]) -> str:
    """Say how a candidate does: first the tests that failed, then all that are to pass."""
    failing = set(plan["failing"])
    for wanted in (failing, failing | set(plan["passing"])):
        came = run(plan, wanted, early=True)[0].outcomes
        if not all(came.get(name, False) for name in wanted):
            return "failed"
    return "passed"


def in_a_child(plan: dict[str, Any], seconds: float) -> str:
    """Judge in a process that can be ended, since a candidate may never end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setpgid(0, 0)
        with contextlib.suppress(BaseException):
            os.write(writing, judge(plan).encode())
        os._exit(0)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], seconds)
    said = os.read(reading, 100).decode() if ready else "timed out"
    os.close(reading)
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return said or "failed"


def tried(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Put each candidate into its file, judge it, and put the file back; end at the first good."""
    if plan["framework"] == "pytest":
        import pytest  # noqa: F401 - so that each child has it already

    ends = time.monotonic() + plan["seconds"]
    for candidate in plan["candidates"]:
        left = ends - time.monotonic()
        if left <= 0:
            return
        place = Path(candidate["path"])
        before = place.read_bytes()
        place.write_bytes(candidate["text"].encode())
        try:
            came = in_a_child(plan, min(left, plan["each"]))
        finally:
            place.write_bytes(before)
        yield {"number": candidate["number"], "came": came}
        if came == "passed":
            return


def main() -> None:
    """Do what the plan says, and write what came of it as JSON lines."""
    plan = json.loads((HERE / "plan.json").read_text(encoding="utf-8"))
    sys.dont_write_bytecode = True
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # After Python's own and pytest's: no file of the tree can stand in the place of theirs.
    sys.path.extend(str(Path(place).resolve()) for place in plan["paths"])
    with os.fdopen(int(os.environ.pop(plan["results"])), "w", encoding="utf-8") as results:
        if "candidates" in plan:
            for one in tried(plan):
                results.write(json.dumps(one) + "\n")
                results.flush()
            return
        heard, watch = run(plan, None, trace=plan["trace"])
        found = {"outcomes": heard.outcomes, "lines": watch.lines, "missing": heard.missing}
        results.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
