"""Do files lie where people and Python look for them?"""

from benchmarks.measured import Better, Measured
from benchmarks.measures import asking, reported
from benchmarks.measures.asking import Benchmark, Scene, every_file
from benchmarks.measures.counting import by_findings


def measure(scene: Scene, seconds: float) -> Measured:
    """Return what lies where it should not."""
    found, ran = asking.ask(scene, "organization", seconds=seconds, portable=asking.ANY_PYTHON)
    report = reported.read(reported.Findings, found, ran)
    findings = reported.findings_of(report, ran)
    return by_findings(findings, ran, of=asking.counted(report.files, "file"))


BENCHMARK = Benchmark(
    name="file_organization",
    question="Do files lie where people and Python look for them?",
    measure=measure,
    reads=every_file,
    unit="findings",
    better=Better.LOWER,
    portable=True,
    weight=0.5,
)
