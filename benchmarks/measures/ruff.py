"""How is ruff asked, by our rules and by nothing that the tree says of them?"""

from benchmarks.measured import Measured
from benchmarks.measures import asking, reported
from benchmarks.measures.asking import Scene
from benchmarks.measures.counting import by_findings
from ports.sandbox import Given

_RULES = """
target-version = "py313"
include = ["*.py", "*.pyi"]
exclude = []
force-exclude = false
[lint]
select = [{select}]
[lint.per-file-ignores]
"**/test*" = ["S101"]
"tests/**" = ["S101"]
"""


def measure(scene: Scene, seconds: float, select: tuple[str, ...]) -> Measured:
    """Return what ruff finds by these rules."""
    version = asking.needed(scene, "ruff")
    words = ", ".join(f'"{rule}"' for rule in select)
    given = {"rules.toml": _RULES.format(select=words).encode()}
    binary = str(scene.tools.scripts / "ruff")
    found, ran = asking.ask(
        scene, "linting", binary, Given("rules.toml"), seconds=seconds, given=given
    )
    report = reported.read(reported.Findings, found, ran)
    findings = reported.findings_of(report, ran)
    files = asking.counted(report.files, "file")
    return by_findings(findings, ran, of=files, tool="ruff", version=version)
