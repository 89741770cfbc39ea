"""Run a project's tests inside the sandbox: once with the lines of each, or once per candidate.

Stands alone: it is given to the sandbox as one file, and reads its plan beside it.
"""

import contextlib
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

TREE = str(Path.cwd())
MOST_LINES = 200_000


class Recorder:
    """Hear from pytest how each test ended, and note the lines that it ran through."""

    def __init__(self, *, trace: bool, seconds: float) -> None:
        self.trace = trace
        self.seconds = seconds
        self.outcomes: dict[str, bool] = {}
        self.lines: dict[str, list[tuple[str, int]]] = {}
        self.seen: set[tuple[str, int]] = set()

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count a test as passed only when every phase of it went well."""
        if report.skipped:
            return
        passed = report.passed and self.outcomes.get(report.nodeid, True)
        self.outcomes[report.nodeid] = passed

    def pytest_collectreport(self, report: Any) -> None:
        """Count what cannot be collected as a test that fails."""
        if report.failed:
            self.outcomes[report.nodeid] = False

    def pytest_runtest_setup(self, item: Any) -> None:
        """Begin to note lines, and to count the time: a test that never ends has failed."""
        signal.signal(signal.SIGALRM, _too_long)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        if self.trace:
            self.seen = set()
            sys.settrace(self._called)
            threading.settrace(self._called)

    def pytest_runtest_teardown(self, item: Any) -> None:
        """End both."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self.trace:
            sys.settrace(None)
            threading.settrace(None)
            self.lines[item.nodeid] = sorted(self.seen)

    def _called(self, frame: FrameType, event: str, argument: object) -> Any:
        return self._line if frame.f_code.co_filename.startswith(TREE) else None

    def _line(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "line" and len(self.seen) < MOST_LINES:
            self.seen.add((frame.f_code.co_filename[len(TREE) + 1 :], frame.f_lineno))
        return self._line


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TimeoutError("the test takes too long")


def run(plan: dict[str, Any], words: list[str], *, trace: bool = False) -> Recorder:
    """Run pytest in this process."""
    import pytest

    recorder = Recorder(trace=trace, seconds=plan["test_seconds"])
    options = ["-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-W", "ignore"]
    pytest.main([*options, *words], plugins=[recorder])
    return recorder


def judge(plan: dict[str, Any]) -> str:
    """Say how a candidate does: first the tests that failed, then all that there are."""
    failing = set(plan["failing"])
    first = run(plan, ["-x", *plan["failing"]]).outcomes
    if not all(first.get(name, False) for name in failing):
        return "failed"
    everything = run(plan, ["-x"]).outcomes
    known = set(plan["passing"]) | failing
    return "passed" if all(everything.get(name, False) for name in known) else "failed"


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
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.dont_write_bytecode = True
    if not plan["plugins"]:
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, TREE)
    with os.fdopen(int(os.environ["SANDBOX_RESULTS"]), "w", encoding="utf-8") as results:
        if "candidates" in plan:
            for one in tried(plan):
                results.write(json.dumps(one) + "\n")
                results.flush()
            return
        recorder = run(plan, [], trace=plan["trace"])
        results.write(json.dumps({"outcomes": recorder.outcomes, "lines": recorder.lines}) + "\n")


if __name__ == "__main__":
    main()
