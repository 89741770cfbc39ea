"""What do the nine benchmarks cost beside the slowest of their tools alone?

Measures a project of 5 000 lines, made here, whole and tool by tool in turn. The goal: all nine
take no longer than 1.1 times the
slowest alone and the sum of the others divided by the cores; and a second run on the same tree
takes less than a second.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
_DATA = tempfile.TemporaryDirectory(prefix="selfimprove-perf-data-")
os.environ["SELFIMPROVE_DATA_DIR"] = _DATA.name
os.environ["SELFIMPROVE_VALIDATION__PYTHONS"] = "{}"
os.environ.pop("DATABASE_URL", None)

import django

django.setup()

from django.core.management import call_command

from benchmarks import choosing
from benchmarks.running import together
from benchmarks.running.together import Asked
from benchmarks.running.trees import Tree
from ports.sandbox.bubblewrap import Bubblewrap
from targets import manifest
from targets.repository import Repository
from tests.perf.turns import in_turn

ROUNDS = 3
GOAL, AGAIN = 1.1, 1.0
MODULES, FUNCTIONS = 50, 16
AT = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> int:
    """Measure; return 1 where a goal is missed."""
    standing = Bubblewrap().examine()
    if not standing.enough:
        _say(f"not measured: {standing.missing} {standing.remedy}")
        return 1
    call_command("migrate", verbosity=0)
    with _project() as tree:
        wanted = choosing.chosen(tree.manifest)
        ways: dict[str, Callable[[], object]] = {
            chosen.name: lambda chosen=chosen: _measured(tree, [chosen.name])  # type: ignore[misc]
            for chosen in wanted
        }
        ways["all nine"] = lambda: _measured(tree, [])
        together.measure(tree, wanted, Asked(AT))
        ways["all nine, found again"] = lambda: _again(tree)
        found = {name: statistics.median(ms) / 1000 for name, ms in in_turn(ways, ROUNDS).items()}
    return _judged(found)


def _judged(found: dict[str, float]) -> int:
    again, whole = found.pop("all nine, found again"), found.pop("all nine")
    for name, seconds in sorted(found.items(), key=lambda one: -one[1]):
        _say(f"  {name:<20}{seconds:8.2f} s alone")
    slowest = max(found.values())
    cores = len(os.sched_getaffinity(0))
    anchor = slowest + (sum(found.values()) - slowest) / cores
    _say(f"  all nine: {whole:.2f} s; slowest alone + rest / {cores} cores: {anchor:.2f} s")
    _say(f"  {whole / anchor:.2f} times that; goal {GOAL}: {_met(whole / anchor <= GOAL)}")
    _say(f"  the same tree again: {again:.2f} s; goal {AGAIN:g} s: {_met(again < AGAIN)}")
    return 0 if whole / anchor <= GOAL and again < AGAIN else 1


def _met(holds: bool) -> str:
    return "met" if holds else "MISSED"


def _measured(tree: Tree, only: list[str]) -> None:
    found = together.measure(tree, choosing.chosen(tree.manifest, only=only), Asked(AT, anew=True))
    if lost := [one for one in found if not one.measured.is_measured]:
        raise SystemExit(f"not measured: {lost[0].chosen.name}: {lost[0].measured.words}")


def _again(tree: Tree) -> None:
    fresh = Tree(tree.repository, tree.commit, tree.name, tree.manifest)
    found = together.measure(fresh, choosing.chosen(fresh.manifest), Asked(AT))
    if not all(one.found_again for one in found):
        raise SystemExit("not measured: something was not found again")


@contextmanager
def _project() -> Iterator[Tree]:
    """Make modules that call each other, with a test for every function."""
    files = {".selfimprove.toml": b'[tests]\ncommand = ["python3", "-m", "unittest"]\n'}
    files["shop/__init__.py"] = b'"""A shop."""\n'
    for number in range(MODULES):
        files[f"shop/part_{number}.py"] = _module(number)
        files[f"test_part_{number}.py"] = _tests(number)
    lines = sum(content.count(b"\n") for content in files.values())
    _say(f"  a project of {len(files)} files and {lines} lines")
    with tempfile.TemporaryDirectory(prefix="selfimprove-perf-") as top:
        repository = Repository.create(Path(top, "shop.git"), origin=top)
        commit = repository.commit_files("main", files, "The shop", AT)
        yield Tree(repository, commit, "shop", manifest.read(repository, commit))


def _module(number: int) -> bytes:
    functions = "".join(
        f"\n\ndef price_{one}(amount: int) -> int:\n"
        f'    """Price {one}."""\n    if amount > {one}:\n        return amount + {number}\n'
        "    return 0\n"
        for one in range(FUNCTIONS // 2)
    )
    return f'"""Part {number}."""\n{functions}'.encode()


def _tests(number: int) -> bytes:
    cases = "".join(
        f"\n    def test_{one}(self) -> None:\n"
        f"        self.assertEqual(part_{number}.price_{one}({one} + 1), {one} + 1 + {number})\n"
        f"        self.assertEqual(part_{number}.price_{one}(0), 0)\n"
        for one in range(FUNCTIONS // 2)
    )
    head = f"import unittest\n\nfrom shop import part_{number}\n\n\n"
    return f'"""Tests."""\n\n{head}class T(unittest.TestCase):\n    """All."""\n{cases}'.encode()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
