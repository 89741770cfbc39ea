"""Does the change leave the tests as strict as they were?"""

from collections.abc import Iterator

from targets.changes import Change
from validation import judges
from validation.paths import shown
from validation.strictness import comparing, running, suite
from validation.strictness.comparing import Weakness
from validation.strictness.suite import CannotBeRead, Suite, Test
from validation.verdicts import Context, GateVerdict, Mark, NotText, answer

NAME = "weakened tests"
QUESTION = "Does the change leave the tests as strict as they were?"
VERSION = 2

MOST = 150  # nobody accepts more than that with open eyes
_SHARED = ("conftest.py", "__init__.py")
_PROSE = (".md", ".rst")


def run(change: Change, context: Context) -> GateVerdict:
    """Compare each file of tests, of their settings and of CI with what it was."""
    marks = _marks(change, context)
    if len(marks) > MOST:
        what = f"tests become weaker in {len(marks)} places; {MOST} can be accepted: split it"
        marks = [Mark("", None, what), *marks[:MOST]]
    return answer(NAME, QUESTION, marks, passed="No test demands less than before")


def key(path: str, message: str) -> str:
    """Name one finding wherever its line has moved to, so that a person's word holds for it."""
    return f"{path}: {message}"


def _marks(change: Change, context: Context) -> list[Mark]:
    marks: list[Mark] = []
    suites: dict[str, tuple[Suite, Suite]] = {}
    for path in change.paths:
        try:
            old, new = context.before(change, path), context.after(change, path)
            if judges.is_test(path) and path.endswith(".py"):
                suites[path] = (suite.read(old), suite.read(new))
            else:
                marks += [_mark(path, one) for one in _other(path, old, new)]
        except (CannotBeRead, NotText) as error:
            what = f"nobody can tell whether tests became weaker: {error}"
            if judges.is_test(path) or running.concerns(path):
                marks.append(Mark(shown(path), None, what))
    gained: dict[str, Test] = {}
    for before, after in suites.values():
        gained |= comparing.gained(before, after)
    for path, (before, after) in suites.items():
        shared = path.endswith(_SHARED)
        found = comparing.weaknesses(before, after, gained, is_shared=shared)
        marks += [_mark(path, one) for one in found]
    return marks


def _other(path: str, old: str | None, new: str | None) -> Iterator[Weakness]:
    if running.concerns(path):
        yield from running.weaknesses(path, old, new)
    elif judges.is_test(path) and old is not None and not path.endswith(_PROSE):
        if new is None:
            yield Weakness(None, "tests may rest on this file, which is gone")
        elif old != new:
            yield Weakness(None, "tests may rest on this file, which is changed")


def _mark(path: str, found: Weakness) -> Mark:
    return Mark(shown(path), found.line, found.message, refuses=False)
