"""How many public names do not say what they are for?"""

from benchmarks.measured import Better, Fingerprint, Found, Measured, Outcome
from benchmarks.measures import asking, reported
from benchmarks.measures.asking import Benchmark, NotMeasured, Scene, python_files
from benchmarks.measures.counting import by_findings


def measure(scene: Scene, seconds: float) -> Measured:
    """Return the public modules, classes and functions without a docstring."""
    found, ran = asking.ask(scene, "documentation", seconds=seconds, portable=asking.ANY_PYTHON)
    report = reported.read(reported.Documentation, found, ran)
    if not report.public:
        raise NotMeasured(Outcome.TOO_LITTLE, "there is no public name to look at", ran)
    bare = [
        Found(Fingerprint("undocumented", one.path, one.symbol), one.line, "it has no docstring")
        for one in report.public
        if not one.documented
    ]
    unread = [one.found() for one in report.unread]
    share = (len(report.public) - len(bare)) / len(report.public)
    of = f"{asking.counted(len(report.public), 'public name')}; {share:.0%} say what they are for"
    return by_findings(reported.bounded([*bare, *unread], ran), ran, of=of)


BENCHMARK = Benchmark(
    name="doc_coverage",
    question="How many public names do not say what they are for?",
    measure=measure,
    reads=python_files,
    unit="names",
    better=Better.LOWER,
    portable=True,
    weight=0.25,  # what a program fills in is no improvement
)
