"""Does the change leave the tests as strict as they were?"""

from collections.abc import Callable, Iterable, Iterator

from targets.changes import Change
from validation import judges
from validation.paths import shown
from validation.strictness import comparing, folding, running, suite
from validation.strictness.folding import Weakness
from validation.strictness.suite import CannotBeRead, Suite
from validation.verdicts import Context, GateVerdict, Mark, NotText, answer

NAME = "weakened tests"
QUESTION = "Does the change leave the tests as strict as they were?"
VERSION = 3

MOST = 150  # nobody accepts more than that with open eyes
_SHARED = ("conftest.py", "__init__.py")
_PROSE = (".md", ".rst")
_LEFT_BEHIND = {".pytest_cache", "__pycache__", ".mypy_cache", ".ruff_cache", ".tox"}
Texts = Callable[[str], tuple[str | None, str | None]]  # a path's, before and after


def run(change: Change, context: Context) -> GateVerdict:
    """Compare each file of tests, of their settings and of CI with what it was."""
    found = news(
        change.paths, lambda path: (context.before(change, path), context.after(change, path))
    )
    marks = [_mark(path, one) for path, one in found]
    places = sum(one.places for _, one in found)
    if places > MOST:
        what = f"tests become weaker in {places} places; {MOST} can be accepted: split it"
        marks = [Mark("", None, what), *marks[:MOST]]
    return answer(NAME, QUESTION, marks, passed="No test demands less than before")


def key(path: str, message: str) -> str:
    """Name one finding wherever its line has moved to, so that a person's word holds for it."""
    return f"{path}: {message}"


def news(paths: Iterable[str], texts: Texts) -> list[tuple[str, Weakness]]:
    """Return what became weaker, with its file; `texts` may raise NotText."""
    found: list[tuple[str, Weakness]] = []
    suites: dict[str, tuple[Suite, Suite]] = {}
    for path in paths:
        try:
            old, new = texts(path)
            if judges.is_test(path) and path.endswith(".py"):
                before = suite.read(old)
                suites[path] = (before, suite.read(new, before))
            else:
                found += [(path, one) for one in _other(path, old, new)]
        except (CannotBeRead, NotText) as error:
            what = f"nobody can tell whether tests became weaker: {error}"
            if judges.is_test(path) or running.concerns(path):
                found.append((path, Weakness(None, what, refuses=True)))
    gained = comparing.gained(suites.values())
    for path, (before, after) in suites.items():
        shared = path.endswith(_SHARED)
        weaker = comparing.weaknesses(before, after, gained, is_shared=shared)
        found += [(path, one) for one in folding.folded(weaker)]
    return found


def _other(path: str, old: str | None, new: str | None) -> Iterator[Weakness]:
    if running.concerns(path):
        yield from running.weaknesses(path, old, new)
    elif judges.is_test(path) and old is not None and not _is_idle(path):
        if new is None:
            yield Weakness(None, "tests may rest on this file, which is gone")
        elif old != new:
            yield Weakness(None, "tests may rest on this file, which is changed")


def _is_idle(path: str) -> bool:
    """Tell whether no test can rest on a file: prose, and what runs leave behind."""
    return path.endswith(_PROSE) or any(part in _LEFT_BEHIND for part in path.split("/"))


def _mark(path: str, found: Weakness) -> Mark:
    return Mark(shown(path), found.line, found.message, found.refuses)
