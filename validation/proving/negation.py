"""How does a test become one that fails exactly when its assertions can tell values apart?

Each assertion of a test file is asked about other values than the right ones, without ending the
test, and each test fails when all of them noticed. So working code fails every test of the
control run, and code that has got at the assertions, the values' comparison or the runner passes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ports.sandbox import RESULTS, Bounds, Ending, Given, Job
from targets.testing.jobs import MOST_RESULTS
from targets.testing.pythons import Python
from validation.parsing import parsed
from validation.proving import probing, turning

_TEXT = Path(probing.__file__).read_text(encoding="utf-8")
_ASKED: Mapping[str, Sequence[str]] = {
    "stated": (*probing.OF_VALUES, *probing.OTHERWISE),
    "raises": probing.RAISES,
    "blocks": probing.BLOCKS,
}
SECONDS = 60.0
PROGRAM, PLAN = "turning.py", "plan.json"


def negated(source: str, name: str) -> str:
    """Return the control run's form of a test file; `name` is drawn for one run.

    Raise SyntaxError or ValueError for what is no Python that we can read.
    """
    return turning.turned(parsed(source), parsed(_TEXT), name, _ASKED)


def elsewhere(paths: Sequence[str], name: str, folder: Path, python: Python) -> Job:
    """Return the job by which another Python does the same to files that ours cannot read."""
    plan = {"paths": paths, "name": name, "probe": _TEXT, "asked": _ASKED, "results": RESULTS}
    program = Path(turning.__file__).read_bytes()
    return Job(
        command=(python.command, "-I", "-B", Given(PROGRAM), Given(PLAN)),
        tree=folder,
        bounds=Bounds(seconds=SECONDS, results=MOST_RESULTS),
        given={PROGRAM: program, PLAN: json.dumps(plan).encode()},
        visible=python.visible,
        results=True,
    )


def told(results: bytes, ended: Ending, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what that Python made of the files it was asked about; nothing of a run cut short."""
    if ended != Ending.DONE:
        return
    for line in results.splitlines():
        try:
            answer = json.loads(line)
            path, text = str(answer["path"]), str(answer["text"])
        except (ValueError, KeyError, TypeError):
            return
        if path in paths:
            yield path, text
