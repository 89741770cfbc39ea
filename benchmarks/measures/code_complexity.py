"""How many functions are too winding to be understood?"""

from benchmarks.measured import Better, Fingerprint, Found, Measured, Outcome
from benchmarks.measures import asking, reported
from benchmarks.measures.asking import Benchmark, NotMeasured, Scene, python_files
from benchmarks.measures.counting import by_findings

MOST_WAYS = 10


def measure(scene: Scene, seconds: float) -> Measured:
    """Return the functions through which more than ten ways lead."""
    found, ran = asking.ask(scene, "complexity", seconds=seconds, portable=asking.ANY_PYTHON)
    report = reported.read(reported.Functions, found, ran)
    if not report.functions:
        raise NotMeasured(Outcome.TOO_LITTLE, "there is no function to look at", ran)
    winding = [
        Found(
            Fingerprint("winding", one.path, one.symbol),
            one.line,
            f"{one.ways} ways lead through it, more than {MOST_WAYS}",
        )
        for one in report.functions
        if one.ways > MOST_WAYS
    ]
    unread = [one.found() for one in report.unread]
    of = asking.counted(len(report.functions), "function")
    return by_findings(reported.bounded([*winding, *unread], ran), ran, of=of)


BENCHMARK = Benchmark(
    name="code_complexity",
    question="How many functions are too winding to be understood?",
    measure=measure,
    reads=python_files,
    unit="functions",
    better=Better.LOWER,
    portable=True,
)
