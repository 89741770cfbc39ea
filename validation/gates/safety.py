"""Does the change bring in anything that could run, hide or reach what nobody reviewed?"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from targets.changes import Change, ChangedFile
from telemetry.sanitizer.engines import compiled
from validation import judges
from validation.paths import shown
from validation.safety import Seen, builds, naming, packaging, pages, python, reach, shell, unread
from validation.safety.dangers import find
from validation.verdicts import Context, GateVerdict, Mark, NotText, answer, counted

NAME = "safety"
QUESTION = "Does the change bring in anything that could run, hide or reach what nobody reviewed?"
VERSION = 4

cached = cache(compiled)
LARGEST = 1_000_000  # characters of one file
Reader = Callable[[str], Iterator[Seen]]
Names = Counter[tuple[str, str]]
_BY_SUFFIX: dict[str, tuple[Reader, ...]] = {
    ".py": (python.seen, naming.identifiers),
    ".pyi": (python.seen, naming.identifiers),
    ".pyw": (python.seen, naming.identifiers),
    **dict.fromkeys((".sh", ".bash", ".zsh"), (shell.seen, reach.commands)),
    ".yaml": (builds.tags,),
    ".yml": (builds.tags,),
    ".mk": (builds.makefile,),
    **dict.fromkeys((".md", ".markdown", ".html", ".htm", ".svg", ".xhtml"), (pages.marked,)),
    ".sql": (pages.statements,),
}
_BY_NAME: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (re.compile(r"(?:.*/)?(?:gnu)?makefile(?:\.\w+)?", re.IGNORECASE), builds.makefile),
    (re.compile(r"(?:.*/)?(?:.*\.)?(?:docker|container)file(?:\..*)?", re.I), builds.dockerfile),
    (re.compile(r"(?:.*/)?package\.json"), builds.package),
    (re.compile(r"\.(?:github|gitea|forgejo)/(?:workflows|actions)/.*\.ya?ml"), builds.workflow),
    (re.compile(r"\.gitlab-ci\.ya?ml|(?:.*/)?action\.ya?ml"), builds.workflow),
    (re.compile(r"(?:.*/)?\.pre-commit-config\.ya?ml"), builds.hooks),
    (re.compile(r"(?:.*/)?(?:requirements|constraints)[^/]*\.(?:txt|in)"), packaging.requirements),
    (re.compile(r"(?:.*/)?requirements/[^/]+\.(?:txt|in)"), packaging.requirements),
    (re.compile(r"(?:.*/)?pyproject\.toml"), packaging.project),
    (re.compile(r"(?:.*/)?(?:setup\.cfg|tox\.ini|\.?pytest\.ini)"), packaging.ini),
)
FROM_TESTS = "tests"
_TEST_FOLDERS = ("tests", "test", "conftest")
_AMONG_TESTS = re.compile(r"tests?|conftest|test_.*|.*_test")
# Python runs these whenever it starts, in every program.
_AT_START = re.compile(
    r"(?:.*/)?(?:sitecustomize|usercustomize)(?:\.py|/__init__\.py)|.*\.(?:pth|egg-link)"
)


_AT_INSTALL = ("setup.py", "noxfile.py", "fabfile.py", "SConstruct", "wscript", "hatch_build.py")
# Nothing imports what stands here: it acts because somebody starts it.
_PROGRAMS = re.compile(r"(?:scripts?|docs?|examples?|bench\w*|tools|bin|\.\w+)/")


@dataclass
class Reading:
    """Hold what one file reached for before and reaches for now."""

    path: str
    is_test: bool
    is_program: bool
    before: Names
    rules: set[str]
    after: tuple[Seen, ...]


def run(change: Change, context: Context) -> GateVerdict:
    """Read every changed file as what it is, before and after; only what is new counts."""
    marks: list[Mark] = []
    readings: list[Reading] = []
    for file in change.files:
        if _AT_START.fullmatch(file.path) and file.status != "D":
            what = "Python runs it whenever it starts, in every program: take it out"
            marks.append(Mark(shown(file.path), None, what))
        try:
            before, after = context.before(change, file.path), context.after(change, file.path)
        except NotText as error:
            marks.append(Mark(shown(file.path), None, f"cannot be read: {error}"))
            continue
        marks += _by_its_name(file, after or "", change, context)
        if len(after or "") > LARGEST:
            what = f"has more than {LARGEST} characters: nothing can tell what it does"
            marks.append(Mark(shown(file.path), None, what))
            continue
        readings.append(reading(file, before or "", after or ""))
        marks += _blocked(file.path, before or "", after or "", context.limits.blocked_patterns)
    marks += news(readings)
    passed = f"{counted(len(readings), 'file')} read, nothing that reaches further than before"
    return answer(NAME, QUESTION, marks, passed=passed)


def _by_its_name(
    file: ChangedFile, after: str, change: Change, context: Context
) -> Iterator[Mark]:
    """Tell what a file's name says: that nobody here can read it, or that it hides another."""
    path = shown(file.path)
    if file.status != "D" and (language := unread.language(file.path, after)):
        yield Mark(path, None, shown(f"is {language}: {unread.WHY}"), refuses=False)
    if file.status != "D" and file.path.rpartition("/")[2] in _AT_INSTALL:
        what = "whoever builds or installs it runs it without asking"
        yield Mark(path, None, what, refuses=False)
    if file.path.endswith(".py") and not judges.is_test(file.path):
        yield from _brought_in(file, after, change, context)
    if file.status == "A" and (name := naming.module(file.path)):
        taken = name in sys.stdlib_module_names or _is_imported(name, change, context)
        if taken and not _is_there(name, change, context):
            what = f"stands in the way of {name}, which is not part of this repository"
            yield Mark(path, None, f"{what}: {naming.HIDES}")


def _brought_in(file: ChangedFile, after: str, change: Change, context: Context) -> Iterator[Mark]:
    """Note a module that neither this file nor any other of the base made use of."""
    before = context.before(change, file.path) or ""
    known = {name.partition(".")[0] for _, name in python.imported(before)} | reach.HARMLESS
    for line, name in python.imported(after):
        first = name.partition(".")[0]
        if not first or first in known or find(name) or find(name.rpartition(".")[0] or name):
            continue
        known.add(first)
        if not _is_ours(first, change, context) and not _is_imported(first, change, context):
            what = f"brings in {first}: {reach.NEW}"
            yield Mark(shown(file.path), line, shown(what), refuses=False)


def _is_ours(name: str, change: Change, context: Context) -> bool:
    """Tell whether the repository, as it would be, has a module or a package of that name."""
    ends = (f"/{name}.py", f"/{name}/")
    return any(
        f"/{path}".endswith(ends[0]) or ends[1] in f"/{path}"
        for path in context.repository.paths(change.tree)
    )


def _is_there(name: str, change: Change, context: Context) -> bool:
    """Tell whether the repository had a module of its own of that name."""
    return any(naming.module(path) == name for path in context.repository.paths(change.base))


def _is_imported(name: str, change: Change, context: Context) -> bool:
    """Tell whether a file of the base imports something of that name."""
    for path in context.repository.mentioning(change.base, name):
        if not path.endswith(".py"):
            continue
        try:
            text = context.before(change, path) or ""
        except NotText:
            continue  # Python would not import it either
        if any(found.partition(".")[0] == name for _, found in python.imported(text)):
            return True
    return False


def readers(path: str, text: str) -> tuple[Reader, ...]:
    """Return those who understand a file, by its name or by its first line."""
    found = [reader for form, reader in _BY_NAME if form.fullmatch(path)]
    found += _BY_SUFFIX.get(PurePosixPath(path).suffix.lower(), ())
    if not found and text.startswith("#!"):
        first = text.split("\n", 1)[0]
        found = [python.seen] if "python" in first else [shell.seen] if "sh" in first else []
    return tuple(found)


def reading(file: ChangedFile, before: str, after: str) -> Reading:
    """Return what a file reached for and reaches for."""
    old = [*_read(file.path, before), *_borrowed(file.path, before)]
    new = [*_read(file.path, after), *_borrowed(file.path, after)]
    return Reading(
        path=file.path,
        is_test=judges.is_test(file.path),
        is_program=after.startswith("#!") or bool(_PROGRAMS.match(file.path)),
        before=Counter((seen.rule, seen.name) for seen in old),
        rules={seen.rule for seen in old},
        after=tuple(new),
    )


def _read(path: str, text: str) -> Iterator[Seen]:
    for reader in readers(path, text):
        yield from reader(text)


def _borrowed(path: str, text: str) -> Iterator[Seen]:
    """Find code that comes from among the tests: then they do not run in the sandbox only."""
    if judges.is_test(path) or not path.endswith(".py"):
        return
    own = {"", *_TEST_FOLDERS, *PurePosixPath(path).parts}
    why = "so the tests of this change are judged like everything else"
    for line, name in python.imported(text):
        parts = name.split(".")
        # What is taken may be called test_x without being a module of that name.
        among = any(map(_AMONG_TESTS.fullmatch, parts[:-1])) or parts[-1] in _TEST_FOLDERS
        if among and parts[0] in own:
            what = f"takes {name.lstrip('.')} from the tests"
            yield Seen(FROM_TESTS, name, line, what, why, refuses=False)


def news(readings: Sequence[Reading]) -> Iterator[Mark]:
    """Mark what a file did not reach for before, nor one that gave it up in this change."""
    moved = {kind: _given_up(readings, is_test=kind) for kind in (False, True)}
    borrowed = any(seen.rule == FROM_TESTS for reading in readings for seen in reading.after)
    for reading in readings:
        known = Counter(reading.before)
        told = set(reading.rules)
        for seen in reading.after:
            key = (seen.rule, seen.name)
            if known[key] > 0:
                known[key] -= 1
            elif moved[reading.is_test][key] > 0:
                moved[reading.is_test][key] -= 1
            elif not (seen.once and seen.rule in told):
                told.add(seen.rule)
                yield from _marks(reading, seen, mild=reading.is_test and not borrowed)


def _given_up(readings: Sequence[Reading], *, is_test: bool) -> Names:
    """Count what files no longer reach for: it may have moved to another file of the change."""
    found: Names = Counter()
    for reading in readings:
        if reading.is_test == is_test:
            now = Counter((seen.rule, seen.name) for seen in reading.after)
            found += reading.before - now
    return found


def _marks(reading: Reading, seen: Seen, *, mild: bool) -> Iterator[Mark]:
    """Say it; milder of tests, which run in the sandbox only, and of programs that are started."""
    if mild and not seen.refuses:
        return
    started = reading.is_program and seen.rule == "import-time"
    refuses = seen.refuses and not mild and not started
    yield Mark(shown(reading.path), seen.line, shown(f"{seen.what}: {seen.why}"), refuses)


def _blocked(path: str, before: str, after: str, patterns: Sequence[str]) -> Iterator[Mark]:
    """Refuse new lines that this installation blocks whatever they mean."""
    if not patterns:
        return
    known = Counter(before.split("\n"))
    for number, line in enumerate(after.split("\n"), start=1):
        if known[line] > 0:
            known[line] -= 1
            continue
        for pattern in patterns:
            if cached(pattern).search(line.encode()):
                yield Mark(shown(path), number, f"is blocked here by the pattern {pattern!r}")
