"""Run a target's tests inside the sandbox and write what each of them did, line by line.

It is given to the sandbox as a text and runs on its own there, with `python -I` and nothing but
the standard library (and pytest, where the plan asks for it). The plan is its input.
Whatever it writes is judged by the host: it stands in one process with code that nobody trusts.
"""

import argparse
import contextlib
import json
import os
import sys
import threading
import time
import unittest
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

MISSING = 97  # the framework is not there
LONGEST_ID, LONGEST_WORDS = 500, 4000
Raised = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Ledger:
    """Write numbered lines to the descriptor that the sandbox reads."""

    def __init__(self, nonce: str, descriptor: int) -> None:
        self.nonce = nonce
        self.number = 0
        self.descriptor = os.dup(descriptor)  # not inherited by what tests start
        os.close(descriptor)
        self.lock = threading.Lock()
        self.owner = os.getpid()
        self.write, self.dumps, self.getpid = os.write, json.dumps, os.getpid

    def add(self, **record: object) -> None:
        """Write one record; a process that a test forked has nothing to tell."""
        if self.getpid() != self.owner:
            return
        with self.lock:
            line = f"{self.nonce} {self.number} {self.dumps(record)}\n".encode()
            self.number += 1
            while line:
                line = line[self.write(self.descriptor, line) :]

    def case(self, name: str, outcome: str, words: str = "", seconds: float = 0.0) -> None:
        """Write what one test did."""
        self.add(
            kind="case",
            id=name[:LONGEST_ID],
            outcome=outcome,
            words=words[-LONGEST_WORDS:],
            seconds=round(seconds, 6),
        )


class Result(unittest.TestResult):
    """Hear from unittest what each test did."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.ledger = ledger
        self.outcome, self.words, self.began = "", "", 0.0
        self.bad = False

    def startTest(self, test: unittest.TestCase) -> None:
        """Begin a test."""
        super().startTest(test)
        self.outcome, self.words, self.began = "", "", time.monotonic()

    def stopTest(self, test: unittest.TestCase) -> None:
        """Write a test down when it has ended."""
        super().stopTest(test)
        seconds = time.monotonic() - self.began
        self.ledger.case(test.id(), self.outcome or "error", self.words, seconds)
        self.outcome = ""

    def addSuccess(self, test: unittest.TestCase) -> None:
        """Hear of a success."""
        self.outcome = self.outcome or "passed"

    def addFailure(self, test: unittest.TestCase, err: Raised) -> None:
        """Hear of an assertion that failed."""
        self._bad(test, "failed", err)

    def addError(self, test: unittest.TestCase, err: Raised) -> None:
        """Hear of an exception; one of a class or a module has no start and no end."""
        if hasattr(test, "_testMethodName"):
            self._bad(test, "error", err)
        else:
            self.bad = True
            self.ledger.case(test.id(), "error", self._told(test, err))

    def addSubTest(
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: Raised | None
    ) -> None:
        """Hear of a part of a test; one that fails fails the test."""
        if err is not None:
            self._bad(test, "failed", err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        """Hear of a test that was skipped; a skipped class has no start either."""
        if hasattr(test, "_testMethodName"):
            self.outcome, self.words = self.outcome or "skipped", reason
        else:
            self.ledger.case(test.id(), "skipped", reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Raised) -> None:
        """Hear of a failure that the test announces."""
        self.outcome = self.outcome or "xfailed"

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        """Hear of a success that the test does not announce."""
        self.outcome, self.bad = "failed", True
        self.words = "passed although it announces that it fails"

    def _bad(self, test: unittest.TestCase, outcome: str, err: Raised) -> None:
        self.outcome, self.words, self.bad = outcome, self._told(test, err), True

    def _told(self, test: unittest.TestCase, err: Raised) -> str:
        told: str = self._exc_info_to_string(err, test)  # type: ignore[attr-defined]
        return told


class Runner:
    """Run a suite for unittest's own program."""

    def __init__(self, ledger: Ledger, only: Iterable[str] | None) -> None:
        self.ledger, self.only = ledger, None if only is None else frozenset(only)

    def run(self, suite: unittest.TestSuite) -> Result:
        """Run all of it, or the tests that are asked for."""
        if self.only is not None:
            suite = unittest.TestSuite(t for t in _each(suite) if t.id()[:LONGEST_ID] in self.only)
        result = Result(self.ledger)
        suite.run(result)
        return result


class Loader(unittest.TestLoader):
    """Find tests without putting their folder before Python's own."""

    def discover(
        self, start_dir: str, pattern: str = "test*.py", top_level_dir: str | None = None
    ) -> unittest.TestSuite:
        """Look in a folder."""
        for name in (top_level_dir or start_dir, start_dir):
            if (place := str(Path(name).resolve())) not in sys.path and Path(name).is_dir():
                sys.path.append(place)
        return super().discover(start_dir, pattern, top_level_dir)


class Recorder:
    """Hear from pytest what each test did."""

    def __init__(self, ledger: Ledger, only: Iterable[str] | None, at_length: int) -> None:
        self.ledger, self.only = ledger, None if only is None else frozenset(only)
        self.open: dict[str, tuple[str, str, float]] = {}
        self.at_length, self.option = at_length, argparse.Namespace()

    def pytest_configure(self, config: Any) -> None:
        """Know where pytest is told how much it says of a failure."""
        self.option = config.option
        self._be_brief()

    def _be_brief(self) -> None:
        # For each failure told at length pytest parses the whole file that it stands in.
        if self.at_length <= 0:
            self.option.tbstyle = "line"

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep the tests that are asked for."""
        if self.only is not None:
            items[:] = [item for item in items if item.nodeid[:LONGEST_ID] in self.only]

    def pytest_collectreport(self, report: Any) -> None:
        """Write down what could not be read, and what was skipped as a whole."""
        if report.failed:
            self.ledger.case(report.nodeid, "error", report.longreprtext)
        elif report.skipped:
            self.ledger.case(report.nodeid, "skipped")

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Join the three parts of a test, and write it down after the last."""
        outcome, words, seconds = self.open.pop(report.nodeid, ("passed", "", 0.0))
        seconds += report.duration
        if hasattr(report, "wasxfail") and not report.failed:
            outcome = "xfailed" if report.skipped else outcome
        elif report.skipped:
            outcome, words = "skipped", str(report.longrepr[-1:])
        elif report.failed:
            outcome = "failed" if report.when == "call" and outcome == "passed" else "error"
            words += report.longreprtext
            self.at_length -= 1
            self._be_brief()
        if report.when == "teardown":
            self.ledger.case(report.nodeid, outcome, words, seconds)
        else:
            self.open[report.nodeid] = (outcome, words, seconds)


def run_unittest(plan: dict[str, Any], ledger: Ledger) -> int:
    """Run what `python -m unittest` would."""
    program = unittest.main(
        module=None,
        argv=["python -m unittest", *plan["arguments"]],
        testRunner=Runner(ledger, plan["only"]),  # type: ignore[arg-type]
        testLoader=Loader(),
        exit=False,
    )
    return int(getattr(program.result, "bad", True))


def run_pytest(plan: dict[str, Any], ledger: Ledger) -> int:
    """Run what `pytest` would, by our settings and with no plugin that is not named."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        import pytest
    except ImportError:
        ledger.add(kind="missing", what="pytest")
        return MISSING
    names = ("cacheprovider", *plan["without"])
    ours = [
        *("-c", str(Path(__file__).with_name("pytest.ini")), "--rootdir", "."),
        *("--confcutdir", ".", "--import-mode=importlib"),
        *(word for name in names for word in ("-p", f"no:{name}")),
        *(word for name in plan["plugins"] for word in ("-p", name)),
    ]
    recorder = Recorder(ledger, plan["only"], plan["at_length"])
    return int(pytest.main([*ours, *plan["arguments"]], plugins=[recorder]))


FRAMEWORKS: dict[str, Callable[[dict[str, Any], Ledger], int]] = {
    "unittest": run_unittest,
    "pytest": run_pytest,
}


def main() -> int:
    """Run, and end the ledger with the exit code that follows."""
    plan = read_plan()
    ledger = Ledger(plan.pop("nonce"), int(os.environ.pop(plan["results"])))
    ledger.add(kind="start", python=sys.version.split()[0])
    # After Python's own and pytest's: no file of the tree can stand in the place of theirs.
    sys.path.extend(str(Path(place).resolve()) for place in plan["paths"])
    code = FRAMEWORKS[plan["framework"]](plan, ledger)
    for name, place in elsewhere(plan["paths"]):
        ledger.add(kind="elsewhere", what=name, where=place)
    ledger.add(kind="end", code=code)
    return code


def read_plan() -> dict[str, Any]:
    """Read the input and put nothing in its place: no code of the target can read it again."""
    with open(0, "rb", closefd=False) as words:
        plan: dict[str, Any] = json.loads(words.read())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return plan


def elsewhere(places: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what stands in these places and was imported from another one, installed there."""
    here = f"{Path.cwd()}{os.sep}"
    names = {
        found.stem
        for place in places
        for found in (Path(place).iterdir() if Path(place).is_dir() else ())
        if found.suffix == ".py" or (found / "__init__.py").is_file()
    }
    for name in sorted(names - set(sys.stdlib_module_names)):
        place = getattr(sys.modules.get(name), "__file__", None)
        if isinstance(place, str) and not str(Path(place).absolute()).startswith(here):
            yield name, place


def _each(suite: Iterable[Any]) -> Iterator[unittest.TestCase]:
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from _each(one)
        else:
            yield one


if __name__ == "__main__":
    leave = os._exit
    ended = main()
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    leave(ended)  # no thread, and nothing that waits for the end, has a word after it
