"""How many mistakes does a linter see?"""

from benchmarks.measured import Better, Measured
from benchmarks.measures import ruff
from benchmarks.measures.asking import Benchmark, Scene, python_files

RULES = ("E4", "E7", "E9", "F", "B", "PLE", "W605")  # what is wrong, not how it is laid out


def measure(scene: Scene, seconds: float) -> Measured:
    """Return what ruff finds."""
    return ruff.measure(scene, seconds, RULES)


BENCHMARK = Benchmark(
    name="lint_score",
    question="How many mistakes does a linter see?",
    measure=measure,
    reads=python_files,
    unit="findings",
    better=Better.LOWER,
    tool="ruff",
)
