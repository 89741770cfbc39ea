"""Which share of the code do the tests reach?"""

import secrets

from benchmarks.measured import Better, Fingerprint, Found, Measured, Outcome
from benchmarks.measures import asking, reported, tested
from benchmarks.measures.asking import Benchmark, NotMeasured, Scene, every_file
from benchmarks.measures.reported import Summary
from ports.sandbox import Bounds, Given, Job, Ran
from targets.testing.jobs import Wanted

_SETTINGS = b"""
[run]
branch = False
omit =
    */test/*
    */tests/*
    test/*
    tests/*
    */test_*.py
    test_*.py
    */conftest.py
    conftest.py
    setup.py
[report]
include_namespace_packages = True
ignore_errors = True
exclude_lines =
    ^\\b$
"""  # no comment takes a line out
_NOTHING = (
    "the tests reached no line of these files: either none imports them, or another copy of them"
    " is installed in the Python that ran the tests"
)


def measure(scene: Scene, seconds: float) -> Measured:
    """Run the tests under coverage and read its own JSON."""
    version = asking.needed(scene, "coverage")
    wanted = tested.wanted(scene, seconds)
    ran = asking.run(_job(scene, wanted), scene.stopped)
    told = reported.read(reported.Covering, asking.document(ran), ran)
    tested.refuse_end(told.code, wanted, ran)
    if told.report is None:
        raise NotMeasured(Outcome.INCONCLUSIVE, f"coverage has no report: {told.trouble}", ran)
    total = told.report.totals
    if not total.num_statements:
        raise NotMeasured(Outcome.TOO_LITTLE, "there is no line that could be reached", ran)
    if not total.covered_lines:
        raise NotMeasured(Outcome.INCONCLUSIVE, _NOTHING, ran)
    reached = {
        (path, name): one
        for path, file in sorted(told.report.files.items())
        for name, one in sorted(file.functions.items())
        if name and one.summary.num_statements
    }
    unreached = [
        Found(Fingerprint("unreached", *key), one.start_line, "no test reaches it")
        for key, one in reached.items()
        if not one.summary.covered_lines
    ]
    return _measured(total, reported.bounded(unreached, ran), ran, version)


def _job(scene: Scene, wanted: Wanted) -> Job:
    given = {"covering.py": asking.script("covering"), "coveragerc": _SETTINGS}
    return Job(
        command=(
            *(wanted.python.command, "-I", "-B", *wanted.suite.switches),
            *(Given("covering.py"), str(scene.tools.library)),
        ),
        tree=scene.folder,
        bounds=Bounds(seconds=wanted.seconds, results=asking.MOST_RESULTS),
        given=wanted.given | given,
        words=wanted.words(secrets.token_hex(16)),
        visible=tuple(sorted({*wanted.python.visible, *scene.tools.python.visible})),
        results=True,
    )


def _measured(total: Summary, unreached: tuple[Found, ...], ran: Ran, version: str) -> Measured:
    return Measured(
        outcome=Outcome.MEASURED,
        words=f"{total.covered_lines} of {asking.counted(total.num_statements, 'line')} reached",
        value=total.covered_lines / total.num_statements,
        findings=unreached,
        tool="coverage",
        version=version,
        output=asking.end_of(ran),
    ).ran_by(ran)


BENCHMARK = Benchmark(
    name="code_coverage",
    question="Which share of the code do the tests reach?",
    measure=measure,
    reads=every_file,
    unit="share",
    better=Better.HIGHER,
    tool="coverage",
    weight=1.5,
    starts=True,
    by_findings=True,
)
