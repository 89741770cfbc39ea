"""Does a target whose tests write a gigabyte end with a named outcome, and cost little memory?

The whole generation hears some ten such runs: nothing of them may pile up, here or in a row.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from django.conf import LazySettings

from benchmarks.measures import asking
from benchmarks.models import Measurement
from generations.models import Generation, Outcome, Reason, Result
from generations.reporting import document
from selfimprove.config import Sandbox
from tests.generations.embedded.walking import SHOP, target, walk

MEGABYTE = 1024 * 1024
MOST = 200 * MEGABYTE  # that we may grow by, while ten thousand go past
UNITTEST = '[tests]\ncommand = ["python3", "-m", "unittest"]\ntimeout_seconds = 60\n'
PYTEST = UNITTEST.replace("unittest", "pytest")
TEST = (
    "import unittest\n\nfrom shop.prices import total\n\n\n"
    "class Shop(unittest.TestCase):\n"
    "    def test_total(self) -> None:\n        self.assertEqual(total([1, 2]), 3)\n"
)
# Past every buffer: lines of a megabyte, then one that never ends.
WRITTEN = (
    "import os\n\n"
    "for _ in range(512):\n    os.write(1, b'x' * (1024 * 1024 - 1) + b'\\n')\n"
    "for _ in range(512):\n    os.write(2, b'y' * 1024 * 1024)\n\n\n"
)
PRINTED = (
    "from shop.prices import total\n\n\ndef test_total() -> None:\n"
    "    for _ in range(1024):\n        print('x' * 1024 * 1024)\n"
    "    assert total([1, 2]) == 3\n"
)
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@contextmanager
def bounded() -> Iterator[None]:
    """Watch our own memory, and fail where it ever holds much more than at the start."""
    process, over = psutil.Process(), threading.Event()
    before = most = process.memory_info().rss

    def watch() -> None:
        nonlocal most
        while not over.wait(0.02):
            most = max(most, process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
    assert most - before < MOST


def walked(folder: Path, settings: LazySettings, manifest: str, tests: str) -> Generation:
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": Sandbox()})
    files = {**SHOP, ".selfimprove.toml": manifest, "test_shop.py": tests}
    on = target(
        *(folder, settings, files),
        benchmarks=("lint_score", "test_pass_rate"),
        pythons={"shop": Path(sys.executable)},
    )
    with bounded():
        generation = walk(on)
    assert not generation.runs.filter(result=Result.ERRORED).exists()
    return generation


def assert_little_is_kept(generation: Generation) -> None:
    """Whatever was written, rows and report hold its ends alone."""
    outputs = Measurement.objects.values_list("output", flat=True)
    assert {len(one) for one in outputs} == {0, asking.SHOWN}
    assert all(len(run.output) < asking.SHOWN for run in generation.runs.all())
    assert len(document.encoded(generation)) < MEGABYTE


def test_what_tests_write_past_everybody_is_heard_and_forgotten(
    tmp_path: Path, settings: LazySettings
) -> None:
    generation = walked(tmp_path, settings, UNITTEST, WRITTEN + TEST)
    assert (generation.outcome, generation.focus) == (Outcome.ACCEPTED, "lint_score:F401")
    assert generation.runs.get(phase="build").details["tests"] == 1
    assert_little_is_kept(generation)


def test_what_pytest_collects_is_too_large_a_file_and_fails_the_test_by_name(
    tmp_path: Path, settings: LazySettings
) -> None:
    generation = walked(tmp_path, settings, PYTEST, PRINTED)
    assert (generation.outcome, generation.reason_kind) == (Outcome.REJECTED, Reason.GATES)
    assert "On the base, 1 test failed already: test_shop.py::test_total" in generation.reason
    first = Measurement.objects.filter(benchmark="test_pass_rate").earliest("pk")
    assert "File too large" in first.findings.get().message
    assert_little_is_kept(generation)
