"""Does every import lead somewhere?"""

from dataclasses import replace

from benchmarks.measured import Better, Measured, Outcome
from benchmarks.measures import asking, reported
from benchmarks.measures.asking import Benchmark, NotMeasured, Scene
from benchmarks.measures.counting import by_findings
from targets.testing import pythons

SHOWN = 5


def measure(scene: Scene, seconds: float) -> Measured:
    """Return the imports that lead nowhere, as the Python of the target sees it."""
    try:
        python = pythons.chosen(scene.name, scene.pythons, "python3")
    except pythons.NoPython as error:
        raise NotMeasured(Outcome.NOT_RUN, str(error)) from error
    found, ran = asking.ask(scene, "imports", seconds=seconds, python=python)
    report = reported.read(reported.Findings, found, ran)
    findings = reported.findings_of(report, ran)
    measured = by_findings(findings, ran, of=asking.counted(report.files, "file"))
    if not report.elsewhere:
        return measured
    names = ", ".join(report.elsewhere[:SHOWN])
    more = ", …" if len(report.elsewhere) > SHOWN else ""
    words = f"{measured.words}; declared but not installed here, so not looked for: {names}{more}"
    return replace(measured, words=words)


def _reads(path: str) -> bool:
    """Tell whether a path is code, or may declare a dependency."""
    return path.endswith((".py", ".pyi", ".toml", ".cfg", ".ini", ".txt", ".in", "Pipfile"))


BENCHMARK = Benchmark(
    name="import_check",
    question="Does every import lead somewhere?",
    measure=measure,
    reads=_reads,
    unit="findings",
    better=Better.LOWER,
    weight=1.5,
)
