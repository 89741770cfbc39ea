"""How many places look as if they could be attacked?"""

from benchmarks.measured import Better, Measured
from benchmarks.measures import ruff
from benchmarks.measures.asking import Benchmark, Scene, python_files

RULES = ("S",)  # bandit's rules


def measure(scene: Scene, seconds: float) -> Measured:
    """Return what ruff finds by the rules of bandit."""
    return ruff.measure(scene, seconds, RULES)


BENCHMARK = Benchmark(
    name="security_scan",
    question="How many places look as if they could be attacked?",
    measure=measure,
    reads=python_files,
    unit="findings",
    better=Better.LOWER,
    tool="ruff",
    weight=2.0,
)
