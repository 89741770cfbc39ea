"""How are the tests of a tree named and started, for those benchmarks that need them?"""

from benchmarks.measured import Outcome
from benchmarks.measures.asking import NotMeasured, Scene
from ports.sandbox import Ran
from targets.testing import driver, ledger, pythons, suites
from targets.testing.jobs import Wanted

NONE = (
    "no tests are named: say how they are run in .selfimprove.toml,"
    ' such as [tests] command = ["python3", "-m", "pytest"]'
)
NO_TEST = "there is no test to run"
UNKNOWN = (
    "“{command}” is neither a plain use of pytest nor of unittest, so its tests cannot be heard of"
    " one by one: name one of these, or add a benchmark of your own that reads its JUnit XML"
)
MISSING = (
    "{what} is not in the Python that runs the tests ({python}): name one that has it"
    " in [validation.pythons] of the configuration"
)


def wanted(scene: Scene, seconds: float) -> Wanted:
    """Return the tests that the manifest names; raise NotMeasured where none can be run."""
    tests = scene.manifest.tests
    if not tests.command:
        raise NotMeasured(Outcome.TOO_LITTLE, NONE)
    suite = suites.recognised(tests.command)
    if suite is None:
        raise NotMeasured(Outcome.NOT_RUN, UNKNOWN.format(command=" ".join(tests.command)))
    try:
        python = pythons.chosen(scene.name, scene.pythons, suite.python)
    except pythons.NoPython as error:
        raise NotMeasured(Outcome.NOT_RUN, str(error)) from error
    files = {name: text for name in suites.FILES if (text := scene.text(name)) is not None}
    suite = suites.configured(suite, files, scene.paths, tests.plugins)
    return Wanted(suite, python, seconds)


def refuse_end(code: int, wanted: Wanted, ran: Ran) -> None:
    """Raise NotMeasured where tests ended with a code that says that they did not run."""
    if code == driver.MISSING:
        words = MISSING.format(what=wanted.suite.framework, python=wanted.python.command)
        raise NotMeasured(Outcome.NOT_RUN, words, ran)
    if code == ledger.NO_TESTS:
        raise NotMeasured(Outcome.TOO_LITTLE, NO_TEST, ran)
    if code not in (0, 1):
        words = f"the tests did not come to run: they ended with exit code {code}"
        raise NotMeasured(Outcome.BROKEN_OFF, words, ran)
