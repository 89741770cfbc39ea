"""How many errors of types are there?"""

from benchmarks.measured import Better, Measured
from benchmarks.measures import asking, reported
from benchmarks.measures.asking import Benchmark, Scene, python_files
from benchmarks.measures.counting import by_findings
from ports.sandbox import Given
from targets.testing import pythons

_SETTINGS = """
[mypy]
ignore_missing_imports = True
check_untyped_defs = True
namespace_packages = True
explicit_package_bases = True
{path}
"""


def measure(scene: Scene, seconds: float) -> Measured:
    """Return what mypy finds by our settings; its exit code 2 is no number of errors."""
    version = asking.needed(scene, "mypy")
    has_source = any(path.startswith("src/") for path in scene.paths)
    settings = _SETTINGS.format(path="mypy_path = src" if has_source else "")
    python, options = None, ["--no-site-packages"]
    if scene.name in scene.pythons:  # what the operator installed for it has types too
        python = pythons.chosen(scene.name, scene.pythons, "python3")
        options = ["--python-executable", python.command]
    found, ran = asking.ask(
        scene,
        "typing_errors",
        Given("mypy.ini"),
        *options,
        seconds=seconds,
        given={"mypy.ini": settings.encode()},
        visible=python.visible if python else (),
    )
    report = reported.read(reported.Findings, found, ran)
    findings = reported.findings_of(report, ran)
    files = asking.counted(report.files, "file")
    return by_findings(findings, ran, of=files, tool="mypy", version=version)


BENCHMARK = Benchmark(
    name="type_check",
    question="How many errors of types are there?",
    measure=measure,
    reads=python_files,
    unit="errors",
    better=Better.LOWER,
    tool="mypy",
    weight=1.5,
)
