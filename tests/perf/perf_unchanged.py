"""How often is a change that changes nothing taken for an improvement?

`perf_unchanged.py [COMPARISONS]` compares trees that behave alike, over and over, on the road that
a generation takes: one run a side, then the old again, then both again, then in turn until the
noise allows an answer. What is measured is drawn from chance with a seed, as tests and clocks are
that err now and then. Fails where more than 5 of 100 are taken for better, of any kind.
"""

import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
_DATA = tempfile.TemporaryDirectory(prefix="selfimprove-perf-data-")
os.environ["SELFIMPROVE_DATA_DIR"] = _DATA.name
os.environ.pop("DATABASE_URL", None)

import django

django.setup()

from benchmarks import tools
from benchmarks.choosing import Chosen
from benchmarks.measured import Better, Measured, Outcome
from benchmarks.measures.asking import Benchmark, Scene, every_file
from benchmarks.running import comparing
from benchmarks.running.together import Asked, Scored
from benchmarks.running.trees import Tree
from benchmarks.verdicts import Verdict
from ports.sandbox import Stopped
from targets.manifest import Manifest
from targets.repository import Repository

COMPARISONS = 2000
GOAL = 0.05
AT = datetime(2026, 1, 1, tzinfo=UTC)
Draw = Callable[[random.Random], Measured]


class Imagined(Tree):
    """A tree of which nothing has to be written: what is measured comes from chance."""

    def inputs(self, chosen: Chosen) -> str:
        """Say that each differs from the other, as a comment would make it."""
        return self.commit

    @contextmanager
    def scene(self, stopped: Stopped | None = None) -> Iterator[Scene]:
        """Give an empty place."""
        yield Scene("shop", Path(_DATA.name), (), self.manifest, {}, tools.configured())


def tests_that_err(many: int, rate: float) -> Draw:
    """Draw 60 tests, of which some fail now and then."""

    def draw(chance: random.Random) -> Measured:
        items = {
            f"test_{n % 6}.py::test_{n}": float(n >= many or chance.random() >= rate)
            for n in range(60)
        }
        return Measured(Outcome.MEASURED, "", sum(items.values()) / 60, items=items)

    return draw


def a_number(spread: float) -> Draw:
    """Draw one number around 100, as a clock gives it."""
    return lambda chance: Measured(Outcome.MEASURED, "", round(chance.gauss(100, spread), 3))


KINDS: Mapping[str, Draw] = {
    "60 tests, one fails at 1 %": tests_that_err(1, 0.01),
    "60 tests, one fails at 20 %": tests_that_err(1, 0.2),
    "60 tests, one fails at 50 %": tests_that_err(1, 0.5),
    "60 tests, six fail at 5 %": tests_that_err(6, 0.05),
    "60 tests, all fail at 10 %": tests_that_err(60, 0.1),
    "a number with 1 % of noise": a_number(1),
    "a number with 30 % of noise": a_number(30),
}


def taken_for_better(draw: Draw, number: int) -> bool:
    """Compare two that are alike once."""
    chance = random.Random(number)  # noqa: S311
    benchmark = Benchmark(
        name="imagined", question="", measure=lambda scene, seconds: draw(chance),
        reads=every_file, unit="share", better=Better.HIGHER, starts=True,
    )  # fmt: skip
    chosen = Chosen(benchmark, 1.0, 60.0)
    old = Imagined(Repository(Path(_DATA.name)), "0" * 40, "shop", Manifest())
    new = replace(old, commit="1" * 40)
    before, after = ([Scored(chosen, draw(chance))] for _ in range(2))
    (found,) = comparing.compare(old, new, before, after, Asked(AT))
    return found.difference.verdict == Verdict.BETTER


def main(many: int) -> int:
    """Compare; return 1 where one kind is taken for better too often."""
    worst = 0.0
    for name, draw in KINDS.items():
        share = sum(taken_for_better(draw, number) for number in range(many)) / many
        worst = max(worst, share)
        sys.stdout.write(f"  {name:<30}{share:7.2%} of {many} taken for better\n")
        sys.stdout.flush()
    sys.stdout.write(f"  the worst kind {worst / GOAL:.2f} times the goal of {GOAL:.0%}\n")
    return int(worst > GOAL)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if sys.argv[1:] else COMPARISONS))
