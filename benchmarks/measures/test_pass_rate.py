"""Which share of the tests passes?"""

import secrets
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

from benchmarks.measured import MOST_ITEMS, Better, Fingerprint, Found, Measured, Outcome
from benchmarks.measures import asking, reported, tested
from benchmarks.measures.asking import Benchmark, NotMeasured, Scene, every_file
from ports.sandbox import Ran
from targets.testing import ledger
from targets.testing.jobs import Wanted
from targets.testing.ledger import Case, Told

SHOWN = 5
COUNTED = ("passed", "failed", "error")
_ELSEWHERE = (
    "the tests ran other code than this tree's: {what}. Name a Python in which it is not installed"
    " in [validation.pythons] of the configuration"
)


def measure(scene: Scene, seconds: float) -> Measured:
    """Run the tests and hear of each one, by the ledger that the host turns into JUnit XML."""
    wanted = tested.wanted(scene, seconds)
    nonce = secrets.token_hex(16)
    ran = asking.run(wanted.job(scene.folder, nonce), scene.stopped)
    told = ledger.read(ran, nonce)
    _refuse_half(told, wanted, ran)
    cases = {name: case for name, case in told.cases.items() if case.outcome in COUNTED}
    if not cases:
        raise NotMeasured(Outcome.TOO_LITTLE, _nothing(told), ran)
    if len(cases) > MOST_ITEMS:
        words = f"{len(cases)} tests are more than the {MOST_ITEMS} that are compared"
        raise NotMeasured(Outcome.INCONCLUSIVE, words, ran)
    failing = [_found(case) for case in cases.values() if case.outcome != "passed"]
    passes = len(cases) - len(failing)
    return Measured(
        outcome=Outcome.MEASURED,
        words=f"{passes} of {asking.counted(len(cases), 'test')} pass{_skipped(told)}",
        value=passes / len(cases),
        findings=reported.bounded(failing, ran),
        items=_items(cases),
        tool=wanted.suite.framework,
        output=asking.end_of(ran),
    ).ran_by(ran)


def _refuse_half(told: Told, wanted: Wanted, ran: Ran) -> None:
    """Raise NotMeasured where what the run tells is not about all tests of this tree."""
    if told.missing:
        words = tested.MISSING.format(what=told.missing, python=wanted.python.command)
        raise NotMeasured(Outcome.NOT_RUN, words, ran)
    if not told.whole:
        raise NotMeasured(Outcome.INCONCLUSIVE, f"the run {told.broken_off or told.forged}", ran)
    if told.elsewhere:
        words = _ELSEWHERE.format(what=told.elsewhere)
        raise NotMeasured(Outcome.INCONCLUSIVE, words, ran)
    unread = sorted(name for name in told.named("error") if "::" not in name)
    if unread and wanted.suite.framework == "pytest":
        words = f"the tests cannot be read, so none ran: {', '.join(unread[:SHOWN])}"
        raise NotMeasured(Outcome.BROKEN_OFF, words, ran)


def _items(cases: Mapping[str, Case]) -> Mapping[str, float]:
    return MappingProxyType(
        {name: float(case.outcome == "passed") for name, case in sorted(cases.items())}
    )


def _nothing(told: Told) -> str:
    skipped = len(told.named("skipped", "xfailed"))
    return f"no test ran; {skipped} were skipped" if skipped else tested.NO_TEST


def _skipped(told: Told) -> str:
    skipped = len(told.named("skipped", "xfailed"))
    return f"; {skipped} skipped" if skipped else ""


def _found(case: Case) -> Found:
    path, _, name = case.name.partition("::")
    name_of = Fingerprint(case.outcome, path[:500], name[:300])
    return Found(name_of, 0, _said(case.words)[:500])


def _said(words: str) -> str:
    """Return the line that says what went wrong: what pytest marks as such, else the last."""
    lines = words.strip().splitlines() or [""]
    marked = [
        line[1:].strip()
        for before, line in pairwise(["", *lines])
        if line.startswith("E ") and not before.startswith("E ")
    ]
    return (marked or lines)[-1]


BENCHMARK = Benchmark(
    name="test_pass_rate",
    question="Which share of the tests passes?",
    measure=measure,
    reads=every_file,
    unit="share",
    better=Better.HIGHER,
    weight=3.0,
    portable=True,
    starts=True,
)
